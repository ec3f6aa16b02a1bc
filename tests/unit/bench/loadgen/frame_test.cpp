#include "bench/loadgen/frame.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string sent(const Frame& frame, std::uint32_t opaque) {
  std::string out;
  frame.append_to(out, opaque);
  return out;
}

const Command kRouteQuery{.code = 105, .fields = {{"topic", "TopicA"}}, .body = {}};

TEST(FrameBuilding, writes_the_json_header_as_a_java_client_does) {
  const std::string header =
      R"({"code":105,"extFields":{"topic":"TopicA"},"flag":0,"language":"JAVA","opaque":123456789,)"
      R"("serializeTypeCurrentRPC":"JSON","version":407})";
  const std::string bytes = sent(Frame::build(kRouteQuery, Encoding::json), 123'456'789);
  ASSERT_EQ(header.size(), 0x88u);
  EXPECT_EQ(hex(bytes.substr(0, 8)), "0000008c00000088");
  EXPECT_EQ(bytes.substr(8), header);
}

TEST(FrameBuilding, writes_the_binary_header_field_by_field) {
  EXPECT_EQ(hex(sent(Frame::build(kRouteQuery, Encoding::binary), 0x10203040)),
            "0000002a"
            "01000026"
            "0069"
            "00"
            "0197"
            "10203040"
            "00000000"
            "00000000"
            "00000011"
            "0005"
            "746f706963"
            "00000006"
            "546f70696341");
}

TEST(FrameBuilding, puts_the_body_behind_the_header_and_counts_it) {
  const Frame frame = Frame::build({.code = 10, .fields = {}, .body = "hello"}, Encoding::binary);
  EXPECT_EQ(hex(frame.bytes().substr(0, 8)),
            "0000001e"
            "01000015");
  EXPECT_EQ(frame.bytes().substr(frame.bytes().size() - 5), "hello");
  EXPECT_EQ(frame.body(), "hello");
}

TEST(FrameBuilding, changes_nothing_but_the_opaque_from_one_sending_to_the_next) {
  for (const Encoding encoding : {Encoding::json, Encoding::binary}) {
    const Frame frame = Frame::build({.code = 10, .fields = {{"a", "b"}}, .body = "body"}, encoding);
    std::string first = sent(frame, Frame::kFirstOpaque);
    EXPECT_EQ(first, frame.bytes());
    const std::string last = sent(frame, Frame::kFirstOpaque + Frame::kOpaques - 1);
    EXPECT_EQ(first.size(), last.size());
    EXPECT_NE(first, last);
    EXPECT_EQ(sent(frame, Frame::kFirstOpaque), first);
  }
}

TEST(FrameBuilding, appends_behind_what_is_already_to_be_sent) {
  const Frame frame = Frame::build(kRouteQuery, Encoding::json);
  std::string out = "before";
  frame.append_to(out, 111'111'111);
  EXPECT_EQ(out, "before" + sent(frame, 111'111'111));
}

TEST(FrameBuilding, writes_the_opaque_wherever_it_is_marked) {
  const std::string mark(Frame::kOpaqueMark);
  for (const Encoding encoding : {Encoding::json, Encoding::binary}) {
    const Frame frame =
        Frame::build({.code = 10, .fields = {{"id", "a" + mark}}, .body = mark + "b" + mark}, encoding);
    const std::string bytes = sent(frame, 123'456'789);
    EXPECT_EQ(bytes.find(mark), std::string::npos);
    EXPECT_NE(bytes.find("a123456789"), std::string::npos);
    EXPECT_THAT(bytes, testing::EndsWith("123456789b123456789"));
    EXPECT_THAT(sent(frame, 987'654'321), testing::EndsWith("987654321b987654321"));
  }
}

TEST(FrameBuilding, escapes_what_json_text_cannot_hold) {
  const Frame frame = Frame::build({.code = 1, .fields = {{"k\"", "a\\b\n"}}, .body = {}}, Encoding::json);
  EXPECT_NE(frame.bytes().find(R"("extFields":{"k\"":"a\\b\u000a"})"), std::string_view::npos);
}

TEST(FrameBuilding, refuses_a_header_that_its_length_cannot_tell) {
  const Command command{.code = 1, .fields = {{"k", std::string(std::size_t{1} << 24, 'x')}}, .body = {}};
  EXPECT_THROW(Frame::build(command, Encoding::json), std::length_error);
}

}  // namespace
}  // namespace gantry::bench
