#include "bench/loadgen/frame_reader.h"

#include "bench/loadgen/frame.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::bench {
namespace {

std::string json_frame(const std::string& header, const std::string& body = "") {
  const std::size_t length = 4 + header.size() + body.size();
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(length >> shift & 0xff);
  out += '\0';
  for (const int shift : {16, 8, 0}) out += static_cast<char>(header.size() >> shift & 0xff);
  return out + header + body;
}

RC_GTEST_PROP(FrameReading, gives_back_what_was_built, ()) {
  const auto encoding = *rc::gen::element(Encoding::json, Encoding::binary);
  Command command;
  command.code = *rc::gen::inRange<std::uint16_t>(0, 32'767);
  command.flag = *rc::gen::inRange<std::uint32_t>(0, 4);
  command.fields = *rc::gen::container<decltype(command.fields)>(
      rc::gen::pair(rc::gen::nonEmpty<std::string>(), rc::gen::arbitrary<std::string>()));
  command.body = *rc::gen::arbitrary<std::string>();
  const auto opaque = Frame::kFirstOpaque + *rc::gen::inRange<std::uint32_t>(0, Frame::kOpaques);

  std::string bytes;
  Frame::build(command, encoding).append_to(bytes, opaque);
  const std::size_t size = bytes.size();
  bytes += "the next frame";
  const FrameRead read = read_frame(bytes);
  RC_ASSERT(read.result == ReadResult::frame);
  RC_ASSERT(read.frame_size == size);
  RC_ASSERT(read.frame.code == command.code);
  RC_ASSERT(read.frame.flag == static_cast<std::int32_t>(command.flag));
  RC_ASSERT(read.frame.opaque == static_cast<std::int32_t>(opaque));
  RC_ASSERT(read.frame.body == command.body);
}

TEST(FrameReading, waits_for_the_rest_wherever_the_bytes_are_cut) {
  std::string bytes;
  Frame::build({.code = 1, .fields = {{"a", "b"}}, .body = "body"}, Encoding::json)
      .append_to(bytes, 123'456'789);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const FrameRead read = read_frame(std::string_view(bytes).substr(0, cut));
    EXPECT_EQ(read.result, ReadResult::incomplete) << cut;
    EXPECT_EQ(read.frame_size, cut < 4 ? 0 : bytes.size()) << cut;
  }
}

TEST(FrameReading, is_not_misled_by_what_stands_inside_values) {
  const std::string bytes = json_frame(
      R"({"remark":"a \"code\":9, } brace","extFields":{"opaque":"7","x":{"code":[5,"]"]}},"code":17,)"
      R"( "flag" : 1 ,"opaque":-2,"version":409})");
  const FrameRead read = read_frame(bytes);
  ASSERT_EQ(read.result, ReadResult::frame);
  EXPECT_EQ(read.frame.code, 17);
  EXPECT_EQ(read.frame.opaque, -2);
  EXPECT_TRUE(read.frame.is_answer());
  EXPECT_EQ(read.frame.remark, R"(a \"code\":9, } brace)");
}

TEST(FrameReading, refuses_what_a_client_could_not_read) {
  for (const char* header :
       {"", "{", "{}", "null", R"({"code":1})", R"({"opaque":1})", R"({"code":"x","opaque":1})",
        R"({"code":1,"opaque":1)", R"({"code":1,"opaque":1}})", R"({"code":1 "opaque":1})",
        R"({"code":1,"opaque":99999999999})", R"({"code":1,"opaque":1,"remark":"open})"})
    EXPECT_EQ(read_frame(json_frame(header)).result, ReadResult::malformed) << header;
}

TEST(FrameReading, refuses_lengths_that_contradict_each_other) {
  using namespace std::string_literals;
  EXPECT_EQ(read_frame("\0\0\0\3\0\0\0"s).result, ReadResult::malformed) << "no room for the header's length";
  EXPECT_EQ(read_frame("\xff\xff\xff\xff"s).result, ReadResult::malformed) << "negative";
  EXPECT_EQ(read_frame("\0\0\0\4\0\0\0\1"s).result, ReadResult::malformed) << "header longer than the frame";
  EXPECT_EQ(read_frame("\0\0\0\4\2\0\0\0"s).result, ReadResult::malformed) << "unknown encoding";
  std::string binary;
  Frame::build({.code = 1, .fields = {}, .body = {}}, Encoding::binary).append_to(binary, 1);
  binary[8 + 16] = 1;  // a remark of one byte, which is not there
  EXPECT_EQ(read_frame(binary).result, ReadResult::malformed);
}

TEST(FrameReading, finds_a_header_field_by_name) {
  const std::string object = R"({"other":"changed","changed":"false","none":null})";
  EXPECT_EQ(json_field(object, "changed"), "false");
  EXPECT_EQ(json_field(object, "none"), "");
  EXPECT_EQ(json_field(object, "missing"), std::nullopt);
  EXPECT_EQ(json_field("", "changed"), std::nullopt);
}

TEST(FrameReading, finds_a_header_field_in_either_encoding) {
  for (const Encoding encoding : {Encoding::json, Encoding::binary}) {
    const Frame frame = Frame::build(
        {.code = 1, .fields = {{"one", "queue"}, {"queue", "7"}, {"empty", ""}}, .body = {}}, encoding);
    const FrameRead read = read_frame(frame.bytes());
    EXPECT_EQ(header_field(read.frame, "queue"), "7");
    EXPECT_EQ(header_field(read.frame, "empty"), "");
    EXPECT_EQ(header_field(read.frame, "missing"), std::nullopt);
  }
}

TEST(FrameReading, finds_no_header_field_in_binary_entries_that_are_cut_short) {
  const Frame frame = Frame::build({.code = 1, .fields = {{"queue", "7"}}, .body = {}}, Encoding::binary);
  ReceivedFrame cut = read_frame(frame.bytes()).frame;
  while (!cut.fields.empty()) {
    cut.fields.remove_suffix(1);
    EXPECT_EQ(header_field(cut, "queue"), std::nullopt) << cut.fields.size();
  }
}

}  // namespace
}  // namespace gantry::bench
