#include "remoting/json_reader.h"

#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

// A reader on a heap block of exactly the text's size, so that AddressSanitizer sees a byte too far.
class Text {
 public:
  explicit Text(std::string_view text, unsigned depth = JsonReader::kDefaultDepth)
      : bytes_(std::make_unique<char[]>(text.size())), in({bytes_.get(), text.size()}, depth) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
  }

 private:
  std::unique_ptr<char[]> bytes_;

 public:
  JsonReader in;
};

// Reads a value of any form and says what was understood, in one notation.
std::string understood(JsonReader& in) {
  std::string_view key;
  JsonScalar value;
  std::string said;
  switch (in.peek()) {
    case JsonKind::object:
      in.enter_object();
      while (in.next_member(key)) {
        said.append(said.empty() ? "" : " ").append("(").append(key).append(")=");
        said.append(understood(in));
      }
      return "{" + said + "}";
    case JsonKind::array:
      in.enter_array();
      while (in.next_element()) said.append(said.empty() ? "" : " ").append(understood(in));
      return "[" + said + "]";
    default:
      in.scalar(value);
      return value.kind == JsonKind::string ? "'" + std::string(value.text) + "'" : std::string(value.text);
  }
}

std::string understood(std::string_view text, unsigned depth = JsonReader::kDefaultDepth) {
  Text t(text, depth);
  auto said = understood(t.in);
  return t.in.finish() ? said : t.in.error().str();
}

std::string skipped(std::string_view text, unsigned depth = JsonReader::kDefaultDepth) {
  Text t(text, depth);
  t.in.skip_value();
  return t.in.finish() ? "skipped" : t.in.error().str();
}

TEST(JsonReader, reads_a_command_header) {
  EXPECT_EQ(
      understood(R"({"code":105,"extFields":{"topic":"TopicA"},"flag":0,"language":"JAVA","opaque":1})"),
      "{(code)=105 (extFields)={(topic)='TopicA'} (flag)=0 (language)='JAVA' (opaque)=1}");
}

TEST(JsonReader, reads_every_form_of_value_and_space_between_all_of_them) {
  EXPECT_EQ(understood(" { \"a\" : [ 1 , -2.5e+3 , true , false , null , \"\" , { } , [ ] ] }\r\n\t"),
            "{(a)=[1 -2.5e+3 true false null '' {} []]}");
  EXPECT_EQ(understood("0"), "0");
  EXPECT_EQ(understood("-0"), "-0");
}

TEST(JsonReader, reads_keys_without_quotes_and_single_quotes_as_fastjson_does) {
  EXPECT_EQ(understood("{0:'a',-1:\"b\",name:'it''s'}"), "expected `,` or `}`, found `'s'}` (byte 23)");
  EXPECT_EQ(understood(R"({0:'a',-1:"b",na_me$:'say "x"','key':1})"),
            "{(0)='a' (-1)='b' (na_me$)='say \"x\"' (key)=1}");
}

TEST(JsonReader, hands_out_an_object_that_is_a_key_as_text) {
  EXPECT_EQ(understood(R"({{"brokerName":"b}","queueId":0}:{"x":1},{}:2})"),
            R"({({"brokerName":"b}","queueId":0})={(x)=1} ({})=2})");
}

TEST(JsonReader, reads_inside_a_key_or_a_string_with_offsets_of_the_whole_text) {
  Text t(R"({{"queue\u0049d":"seven"}:1,"{\"queueId\":7}":2})");
  std::string_view key;
  std::string_view inner_key;
  int queue = 0;
  ASSERT_TRUE(t.in.enter_object() && t.in.next_member(key));
  JsonReader raw = t.in.inside(key);
  ASSERT_TRUE(raw.enter_object() && raw.next_member(inner_key));
  EXPECT_EQ(inner_key, "queueId");
  EXPECT_FALSE(raw.integer(queue));
  EXPECT_EQ(raw.error().str(), "expected a 32-bit integer, found `seven` (byte 18)");
  ASSERT_TRUE(t.in.skip_value() && t.in.next_member(key));
  JsonReader in_string = t.in.inside(key);
  ASSERT_TRUE(in_string.enter_object() && in_string.next_member(inner_key) && in_string.integer(queue));
  EXPECT_FALSE(in_string.next_member(inner_key));
  EXPECT_TRUE(in_string.finish());
  EXPECT_EQ(queue, 7);
  EXPECT_TRUE(t.in.take_failure(in_string));
  EXPECT_FALSE(t.in.take_failure(raw));
  EXPECT_EQ(t.in.error().offset, 18u);
}

TEST(JsonReader, unescapes_strings_where_they_stand) {
  EXPECT_EQ(understood(R"("a\"b\\c\/d\b\f\n\r\t\u0041\u00e9\u4E2D")"), "'a\"b\\c/d\b\f\n\r\tA\u00e9\u4e2d'");
  EXPECT_EQ(understood(R"("\u0001TAGS\u0002")"), "'\1TAGS\2'");
  EXPECT_EQ(understood(R"("\ud83d\ude00!")"), "'\U0001F600!'");
  EXPECT_EQ(understood(R"('\'\v\x41\7')"), "''\vA\7'");
  EXPECT_EQ(understood(R"({"k\u0065y":1})"), "{(key)=1}");
}

TEST(JsonReader, makes_half_a_surrogate_pair_the_replacement_character) {
  EXPECT_EQ(understood(R"("\ud83d")"), "'\uFFFD'");
  EXPECT_EQ(understood(R"("\ude00x")"), "'\uFFFDx'");
  EXPECT_EQ(understood(R"("\ud83d\u0041")"), "'\uFFFDA'");
  EXPECT_EQ(understood(R"("\ud83d\ud83d\ude00")"), "'\uFFFD\U0001F600'");
}

TEST(JsonReader, passes_bytes_that_are_not_utf8_as_they_are) {
  EXPECT_EQ(understood("\"\xFF\xC0\x01 long enough for a word\""), "'\xFF\xC0\x01 long enough for a word'");
}

TEST(JsonReader, finds_the_end_of_a_string_wherever_it_stands) {
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string start(before, 'x');
      const std::string rest(after, '\xDC');  // a quote's neighbours with the high bit set
      EXPECT_EQ(understood("[\"" + start + "\\n" + rest + "\"]"), "['" + start + "\n" + rest + "']");
    }
}

TEST(JsonReader, says_what_is_wrong_and_where) {
  EXPECT_EQ(understood(""), "expected a value, found nothing (byte 0)");
  EXPECT_EQ(understood("{\"a\":1"), "expected `,` or `}`, found nothing (byte 6)");
  EXPECT_EQ(understood("{\"a\" 1}"), "expected `:`, found `1}` (byte 5)");
  EXPECT_EQ(understood("{\"a\":}"), "expected a value, found `}` (byte 5)");
  EXPECT_EQ(understood("{\"a\":1,}"), "expected a key, found `}` (byte 7)");
  EXPECT_EQ(understood("{,\"a\":1}"), "expected a key, found `,\"a\":1}` (byte 1)");
  EXPECT_EQ(understood("{[1]:2}"), "expected a key, found `[1]:2}` (byte 1)");
  EXPECT_EQ(understood("[1,]"), "expected a value, found `]` (byte 3)");
  EXPECT_EQ(understood("[1 2]"), "expected `,` or `]`, found `2]` (byte 3)");
  EXPECT_EQ(understood("[1}"), "expected `,` or `]`, found `}` (byte 2)");
  EXPECT_EQ(understood("\"abc"), "expected the end of a string, found nothing (byte 4)");
  EXPECT_EQ(understood("\"ab\\q\""), "expected an escape that JSON has, found `\\q\"` (byte 3)");
  EXPECT_EQ(understood("\"ab\\"), "expected an escape that JSON has, found `\\` (byte 3)");
  EXPECT_EQ(understood("\"\\u12x4\""), "expected an escape that JSON has, found `\\u12x4\"` (byte 1)");
  EXPECT_EQ(understood("nul"), "expected a value, found `nul` (byte 0)");
  EXPECT_EQ(understood("nulls"), "expected the end of the text, found `s` (byte 4)");
  EXPECT_EQ(understood("{}{}"), "expected the end of the text, found `{}` (byte 2)");
  EXPECT_EQ(understood("01"), "expected a number without leading zeros, found `01` (byte 0)");
  EXPECT_EQ(understood("-"), "expected a digit, found nothing (byte 1)");
  EXPECT_EQ(understood("1.e5"), "expected a digit, found `e5` (byte 2)");
  EXPECT_EQ(understood("1e+"), "expected a digit, found nothing (byte 3)");
  EXPECT_EQ(understood("a line\nthat is rather long indeed"),
            "expected a value, found `a line?that is rather lo...` (byte 0)");
}

// The members of an object whose values are all scalars, taken with their values and apart.
std::string taken_together(std::string_view text) {
  Text t(text);
  std::string_view key;
  JsonScalar value;
  std::string said;
  t.in.enter_object();
  while (t.in.next_member(key, value)) {
    const char* const mark = value.kind == JsonKind::string ? "'" : "";
    said.append(said.empty() ? "" : " ").append("(").append(key).append(")=");
    said.append(mark).append(value.text).append(mark);
  }
  return t.in.finish() ? "{" + said + "}" : t.in.error().str();
}

TEST(JsonReader, takes_members_with_their_values_as_it_takes_them_apart) {
  for (const auto* text :
       {R"({})",
        R"({"a":"1"})",
        R"({"a":"1","b":"2","":""})",
        R"({"a":"UNIQ\u0001x\u0002","b":"2"})",
        R"({"k\u0065y":"1","b":"\"})",
        R"({"k\u0065y":"1","b":"\\"})",
        R"({ "a" : "1" , "b" :"2"})",
        R"({"a":1,"b":"2","c":null,"d":true})",
        R"({a:'1','b':"2",0:3})",
        R"({"a":"1" "b":"2"})",
        R"({"a":"1",})",
        R"({,"a":"1"})",
        R"({"a"})",
        R"({"a":"\q"})",
        R"({"a":")",
        R"({"a":"1)",
        R"({"a":"1")",
        R"({"a":"1",")",
        R"({"a)",
        R"({"a":)",
        R"({"a":"1","b":"a value that goes on beyond the block of sixty-four bytes","c":"3"})"})
    EXPECT_EQ(taken_together(text), understood(text)) << text;
}

TEST(JsonReader, skips_exactly_what_it_would_read) {
  for (const auto* text : {R"({"a":[1,{"b":"\u00e9\\"}],{"q":"}"}:'x',0:null})", "[[[]],{}]", "\"\\\"\"",
                           "-1.5E3", "true", "'a\\'b'"}) {
    EXPECT_EQ(skipped(text), "skipped") << text;
    const std::string whole(text);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const auto part = std::string_view(whole).substr(0, cut);
      const bool reads = !understood(part).starts_with("expected");
      EXPECT_EQ(skipped(part) == "skipped", reads) << part;
    }
  }
  for (const auto* text :
       {"{\"a\":1,}", "{,}", "[,]", "[1,]", "{\"a\":\"\\q\"}", "{\"a\"}", "{]", "[}", "{\"a\":tru}"})
    EXPECT_NE(skipped(text), "skipped") << text;
}

TEST(JsonReader, leaves_a_skipped_key_readable) {
  EXPECT_EQ(understood(R"({{"a\"}":1}:2})"), R"({({"a\"}":1})=2})");
}

TEST(JsonReader, stops_at_its_depth) {
  const auto nested = [](unsigned depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(understood(nested(32)), nested(32));
  EXPECT_EQ(skipped(nested(32)), "skipped");
  EXPECT_EQ(understood(nested(33)),
            "expected no deeper nesting, found `[]]]]]]]]]]]]]]]]]]]]]]]...` (byte 32)");
  EXPECT_NE(skipped(nested(33)), "skipped");
  EXPECT_EQ(understood("{\"a\":{}}", 2), "{(a)={}}");
  EXPECT_NE(skipped("{{{}:1}:2}", 2), "skipped");
  EXPECT_NE(skipped(std::string(1 << 20, '{')), "skipped");
}

TEST(JsonReader, gives_depth_back_when_an_object_ends) {
  EXPECT_EQ(understood("[[],[],{},{\"a\":[]},[]]", 3), "[[] [] {} {(a)=[]} []]");
}

template <typename T>
std::string as_integer(std::string_view text) {
  Text t(text);
  T number = 0;
  t.in.integer(number);
  return t.in.finish() ? std::to_string(number) : t.in.error().str();
}

TEST(JsonReader, reads_integers_and_strings_that_hold_them) {
  EXPECT_EQ(as_integer<std::int32_t>("-2147483648"), "-2147483648");
  EXPECT_EQ(as_integer<std::int64_t>("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(as_integer<std::int64_t>("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(as_integer<std::int64_t>("-999999999999999999"), "-999999999999999999");
  EXPECT_EQ(as_integer<std::int64_t>("1000000000000000000"), "1000000000000000000");
  EXPECT_EQ(as_integer<std::uint64_t>("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(as_integer<std::int32_t>("-0"), "0");
  EXPECT_EQ(as_integer<std::uint8_t>("'255'"), "255");
  EXPECT_EQ(as_integer<std::int32_t>("\"3\""), "3");
}

TEST(JsonReader, refuses_integers_that_are_none_or_do_not_fit) {
  EXPECT_EQ(as_integer<std::int32_t>("2147483648"), "expected a 32-bit integer, found `2147483648` (byte 0)");
  EXPECT_EQ(as_integer<std::int16_t>("40000"), "expected a 16-bit integer, found `40000` (byte 0)");
  EXPECT_EQ(as_integer<std::uint32_t>("-1"), "expected an unsigned 32-bit integer, found `-1` (byte 0)");
  EXPECT_EQ(as_integer<std::int32_t>("1.5"), "expected a 32-bit integer, found `1.5` (byte 0)");
  EXPECT_EQ(as_integer<std::int32_t>("007"), "expected a number without leading zeros, found `007` (byte 0)");
  EXPECT_EQ(as_integer<std::int32_t>("-"), "expected a digit, found nothing (byte 1)");
  EXPECT_EQ(as_integer<std::int32_t>("1e2"), "expected a 32-bit integer, found `1e2` (byte 0)");
  EXPECT_EQ(as_integer<std::int64_t>("9223372036854775808"),
            "expected a 64-bit integer, found `9223372036854775808` (byte 0)");
  EXPECT_EQ(as_integer<std::int32_t>("\"12x\""), "expected a 32-bit integer, found `12x` (byte 1)");
  EXPECT_EQ(as_integer<std::int64_t>("\"\""), "expected a 64-bit integer, found nothing (byte 1)");
  EXPECT_EQ(as_integer<std::int64_t>("null"), "expected a 64-bit integer, found `null` (byte 0)");
}

TEST(JsonReader, stays_failed) {
  Text t("{\"a\":x,\"b\":1}");
  std::string_view key;
  std::string_view text;
  int number = 0;
  ASSERT_TRUE(t.in.enter_object() && t.in.next_member(key));
  EXPECT_FALSE(t.in.string(text));
  EXPECT_FALSE(t.in.next_member(key));
  EXPECT_FALSE(t.in.integer(number));
  EXPECT_FALSE(t.in.enter_array());
  EXPECT_FALSE(t.in.next_element());
  EXPECT_FALSE(t.in.skip_value());
  EXPECT_FALSE(t.in.fail("something else", key));
  EXPECT_FALSE(t.in.finish());
  EXPECT_EQ(t.in.error().str(), "expected a string, found `x,\"b\":1}` (byte 5)");
}

}  // namespace
}  // namespace gantry::remoting
