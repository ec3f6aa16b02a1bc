#include "remoting/json_writer.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

template <typename Write>
std::string written(Write write) {
  std::string text;
  JsonWriter out(text);
  write(out);
  return text;
}

TEST(JsonWriter, puts_commas_and_colons_and_no_spaces) {
  EXPECT_EQ(written([](JsonWriter& out) {
              out.begin_object();
              out.key("code").number(105);
              out.key("extFields").begin_object().key("topic").string("TopicA").key("x").null().end_object();
              out.key("list").begin_array().number(-1).boolean(true).begin_array().end_array().end_array();
              out.key("empty").begin_object().end_object();
              out.end_object();
            }),
            R"({"code":105,"extFields":{"topic":"TopicA","x":null},"list":[-1,true,[]],"empty":{}})");
}

TEST(JsonWriter, writes_the_keys_that_fastjson_writes) {
  EXPECT_EQ(written([](JsonWriter& out) {
              out.begin_object();
              out.key(0).string("a").bare_key(-1).string("b");
              out.begin_object().key("queueId").number(0).end_object().end_key().number(8);
              out.begin_object().end_object().end_key().number(9);
              out.end_object();
            }),
            R"({"0":"a",-1:"b",{"queueId":0}:8,{}:9})");
}

TEST(JsonWriter, escapes_what_must_be_and_nothing_else) {
  EXPECT_EQ(written([](JsonWriter& out) { out.string("a\"b\\c/d\b\f\n\r\t\1\x1f\x7f\u4e2d'"); }),
            "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001F\x7f\u4e2d'\"");
  EXPECT_EQ(written([](JsonWriter& out) { out.string(std::string_view("\0", 1)); }), R"("\u0000")");
  EXPECT_EQ(written([](JsonWriter& out) { out.string({}); }), R"("")");
  EXPECT_EQ(written([](JsonWriter& out) { out.begin_object().key("a\"b").number(1).end_object(); }),
            R"({"a\"b":1})");
}

TEST(JsonWriter, finds_the_character_to_escape_wherever_it_stands) {
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string start(before, '\xA2');
      const std::string rest(after, ' ');
      EXPECT_EQ(written([&](JsonWriter& out) { out.string(start + "\x1f" + rest); }),
                "\"" + start + "\\u001F" + rest + "\"");
    }
}

TEST(JsonWriter, writes_numbers_to_their_ends) {
  EXPECT_EQ(written([](JsonWriter& out) {
              out.begin_array();
              out.number(std::numeric_limits<std::int64_t>::min())
                  .number(std::numeric_limits<std::uint64_t>::max());
              out.number(std::int8_t{-1}).number(std::uint8_t{200});
              out.end_array();
            }),
            "[-9223372036854775808,18446744073709551615,-1,200]");
}

TEST(JsonWriter, writes_doubles_so_that_they_are_seen_to_be_doubles) {
  EXPECT_EQ(JsonDouble(0).text(), "0.0");
  EXPECT_EQ(JsonDouble(12.5).text(), "12.5");
  EXPECT_EQ(JsonDouble(-3).text(), "-3.0");
  EXPECT_EQ(JsonDouble(1e100).text(), "1e+100");
  EXPECT_EQ(JsonDouble(std::numeric_limits<double>::denorm_min()).text(), "5e-324");
  EXPECT_EQ(JsonDouble(-std::numeric_limits<double>::max()).text(), "-1.7976931348623157e+308");
  EXPECT_EQ(JsonDouble(std::nan("")).text(), "null");
  EXPECT_EQ(JsonDouble(HUGE_VAL).text(), "null");
}

// A buffer that is not a std::string.
struct Bytes {
  std::vector<char> bytes;
  void append(const char* data, std::size_t size) { bytes.insert(bytes.end(), data, data + size); }
  void push_back(char c) { bytes.push_back(c); }
};

TEST(JsonWriter, appends_to_any_buffer_of_bytes) {
  Bytes to;
  to.push_back('#');
  BasicJsonWriter<Bytes>(to).begin_object().key("a\n").number(1).end_object();
  EXPECT_EQ(std::string(to.bytes.begin(), to.bytes.end()), R"(#{"a\n":1})");
}

}  // namespace
}  // namespace gantry::remoting
