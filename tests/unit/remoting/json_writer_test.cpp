#include "remoting/json_writer.h"

#include "remoting/json_reader.h"

#include <cmath>
#include <limits>
#include <rapidcheck.h>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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

std::string any_utf8() {
  std::string text;
  for (const auto c : *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::oneOf(
           rc::gen::inRange<std::uint32_t>(0, 0x80), rc::gen::inRange<std::uint32_t>(0x80, 0xD800),
           rc::gen::inRange<std::uint32_t>(0xE000, 0x110000)))) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
               static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
               static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    }
  }
  return text;
}

boost::json::value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth == 0 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<double>();
    case 4:
      return boost::json::string(any_utf8());
    case 5: {
      boost::json::array array;
      for (int left = *rc::gen::inRange(0, 5); left > 0; --left) array.push_back(any_value(depth - 1));
      return array;
    }
    default: {
      boost::json::object object;
      for (int left = *rc::gen::inRange(0, 5); left > 0; --left) object[any_utf8()] = any_value(depth - 1);
      return object;
    }
  }
}

void write(JsonWriter& out, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out.null();
      break;
    case boost::json::kind::bool_:
      out.boolean(value.get_bool());
      break;
    case boost::json::kind::int64:
      out.number(value.get_int64());
      break;
    case boost::json::kind::uint64:
      out.number(value.get_uint64());
      break;
    case boost::json::kind::double_:
      out.number(value.get_double());
      break;
    case boost::json::kind::string:
      out.string(value.get_string());
      break;
    case boost::json::kind::array:
      out.begin_array();
      for (const auto& element : value.get_array()) write(out, element);
      out.end_array();
      break;
    case boost::json::kind::object:
      out.begin_object();
      for (const auto& [key, member] : value.get_object()) write(out.key(key), member);
      out.end_object();
      break;
  }
}

// Boost.JSON 1.81 may miss the last bits of a double; all else is exact.
bool alike(const boost::json::value& left, const boost::json::value& right) {
  if (left.kind() != right.kind()) return false;
  if (left.is_double())
    return std::abs(left.get_double() - right.get_double()) <= std::abs(left.get_double()) * 1e-14;
  if (left.is_array())
    return std::equal(left.get_array().begin(), left.get_array().end(), right.get_array().begin(),
                      right.get_array().end(), alike);
  if (left.is_object())
    return std::equal(left.get_object().begin(), left.get_object().end(), right.get_object().begin(),
                      right.get_object().end(), [](const auto& a, const auto& b) {
                        return a.key() == b.key() && alike(a.value(), b.value());
                      });
  return left == right;
}

RC_GTEST_PROP(JsonWriter, writes_what_boost_reads_as_json, ()) {
  const auto value = any_value(4);
  const auto text = written([&](JsonWriter& out) { write(out, value); });
  RC_ASSERT(alike(boost::json::parse(text), value));
}

boost::json::value read(JsonReader& in) {
  JsonScalar scalar;
  std::string_view key;
  switch (in.peek()) {
    case JsonKind::array: {
      boost::json::array array;
      in.enter_array();
      while (in.next_element()) array.push_back(read(in));
      return array;
    }
    case JsonKind::object: {
      boost::json::object object;
      in.enter_object();
      while (in.next_member(key)) {
        const std::string name(key);
        object[name] = read(in);
      }
      return object;
    }
    case JsonKind::string:
      in.scalar(scalar);
      return boost::json::string(scalar.text);
    case JsonKind::boolean:
      in.scalar(scalar);
      return scalar.text == "true";
    case JsonKind::number: {
      in.scalar(scalar);
      if (scalar.text.find_first_of(".eE") == std::string_view::npos)
        return std::stoll(std::string(scalar.text));
      double number = 0;
      std::from_chars(scalar.text.data(), scalar.text.data() + scalar.text.size(), number);
      return number;
    }
    default:
      in.scalar(scalar);
      return nullptr;
  }
}

RC_GTEST_PROP(JsonWriter, is_read_back_exactly, ()) {
  const auto value = any_value(4);
  auto text = written([&](JsonWriter& out) { write(out, value); });
  JsonReader in(text);
  RC_ASSERT(read(in) == value);
  RC_ASSERT(in.finish());
}

RC_GTEST_PROP(JsonReader, reads_what_boost_writes, ()) {
  const auto value = any_value(4);
  auto text = boost::json::serialize(value);
  JsonReader in(text);
  RC_ASSERT(alike(read(in), value));
  RC_ASSERT(in.finish());
}

}  // namespace
}  // namespace gantry::remoting
