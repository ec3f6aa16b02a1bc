#include "remoting/frame.h"

#include "remoting/byte_order.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

std::string frame_bytes(std::string_view header, std::string_view body,
                        SerializeType type = SerializeType::json) {
  std::string bytes(kFramePrefix, '\0');
  store_i32(bytes.data(), static_cast<std::int32_t>(4 + header.size() + body.size()));
  store_i32(bytes.data() + 4, static_cast<std::int32_t>(static_cast<unsigned>(type) << 24 | header.size()));
  return bytes.append(header).append(body);
}

std::string error_of(std::string bytes, ByteSize limit = ByteSize::mib(16)) {
  const auto frame = first_frame(bytes, limit);
  return frame ? "none" : frame.error().text;
}

TEST(Frame, is_cut_in_place) {
  auto bytes = frame_bytes("{head}", "body") + "next";
  const auto frame = first_frame(bytes, ByteSize::mib(16)).value();
  EXPECT_EQ(frame.size, 18u);
  EXPECT_TRUE(is_whole(frame, bytes.size()));
  EXPECT_EQ(std::string_view(frame.header.data(), frame.header.size()), "{head}");
  EXPECT_EQ(frame.header.data(), bytes.data() + 8);
  EXPECT_EQ(frame.body, "body");
}

TEST(Frame, may_have_no_body_and_a_binary_header) {
  auto bytes = frame_bytes("xx", "", SerializeType::rocketmq);
  const auto frame = first_frame(bytes, ByteSize::mib(16)).value();
  EXPECT_EQ(frame.serialize_type, SerializeType::rocketmq);
  EXPECT_TRUE(frame.body.empty());
}

TEST(Frame, tells_how_long_it_will_be_as_soon_as_that_is_known) {
  auto whole = frame_bytes("{head}", "body");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    auto part = whole.substr(0, cut);
    const auto frame = first_frame(part, ByteSize::mib(16)).value();
    EXPECT_FALSE(is_whole(frame, cut)) << cut;
    EXPECT_EQ(frame.size, cut < 4 ? 0u : 18u) << cut;
    EXPECT_TRUE(frame.header.empty());
  }
}

TEST(Frame, may_be_exactly_as_long_as_the_limit_and_not_a_byte_longer) {
  const auto bytes = frame_bytes("{}", std::string(100, 'b'));
  EXPECT_EQ(error_of(bytes, ByteSize(bytes.size())), "none");
  EXPECT_EQ(error_of(bytes, ByteSize(bytes.size() - 1)),
            "frame length 106 is above the limit of 109B; it starts with: 00 00 00 6a 00 00 00 02");
}

TEST(Frame, of_another_protocol_is_shown_as_it_came) {
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\n"),
            "frame length 1195725856 is above the limit of 16MiB; it starts with: GET / HT");
}

TEST(Frame, of_negative_length_is_refused) {
  std::string bytes(8, '\0');
  store_i32(bytes.data(), -1);
  EXPECT_TRUE(error_of(bytes).starts_with("frame length 4294967295 is above the limit of 16MiB;"));
  store_i32(bytes.data(), 3);
  EXPECT_TRUE(error_of(bytes).starts_with("frame length 3 leaves no room for a header;"));
}

TEST(Frame, whose_header_does_not_fit_is_refused_before_it_has_arrived) {
  std::string bytes(8, '\0');
  store_i32(bytes.data(), 10);
  store_i32(bytes.data() + 4, 7);
  EXPECT_TRUE(error_of(bytes).starts_with("header length 7 does not fit frame length 10;"));
  store_i32(bytes.data() + 4, 0x02000001);
  EXPECT_TRUE(error_of(bytes).starts_with("header type 2 is neither 0 (JSON) nor 1 (ROCKETMQ);"));
}

RC_GTEST_PROP(Frame, of_any_bytes_is_inside_them_or_an_error, (std::string bytes)) {
  const auto frame = first_frame(bytes, ByteSize::mib(16));
  if (!frame || !is_whole(*frame, bytes.size())) return;
  RC_ASSERT(frame->header.size() + frame->body.size() + kFramePrefix == frame->size);
  RC_ASSERT(frame->body.data() + frame->body.size() == bytes.data() + frame->size);
}

}  // namespace
}  // namespace gantry::remoting
