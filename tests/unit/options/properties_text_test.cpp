#include "options/properties_text.h"

#include "logging/utf8.h"

#include <rapidcheck.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::options {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> pairs(std::string_view text) {
  const auto parsed = parse_properties(text);
  EXPECT_THAT(parsed.mistakes, IsEmpty()) << text;
  std::vector<std::string> out;
  for (const auto& property : parsed.properties) out.push_back(property.key + "|" + property.value);
  return out;
}

TEST(PropertiesText, takes_equals_colon_or_space_as_separator) {
  EXPECT_THAT(pairs("a=1\nb:2\nc 3\nd\t4\ne = 5\nf : 6\ng  \t =7\n"),
              ElementsAre("a|1", "b|2", "c|3", "d|4", "e|5", "f|6", "g|7"));
}

TEST(PropertiesText, skips_only_the_first_separator) {
  EXPECT_THAT(pairs("a==1\nb = = 2\nc::3\nd :=4\n"), ElementsAre("a|=1", "b|= 2", "c|:3", "d|=4"));
}

TEST(PropertiesText, may_lack_the_value_or_the_key) {
  EXPECT_THAT(pairs("a\nb=\nc =  \n=d\n:\n"), ElementsAre("a|", "b|", "c|", "|d", "|"));
}

TEST(PropertiesText, keeps_spaces_at_the_end_of_a_value) {
  EXPECT_THAT(pairs("a = 1  \n"), ElementsAre("a|1  "));
}

TEST(PropertiesText, skips_comments_and_blank_lines) {
  EXPECT_THAT(pairs("# a=1\n  ! b=2\n\n \t\f\n#\nc=3 # no comment\n"), ElementsAre("c|3 # no comment"));
}

TEST(PropertiesText, ends_a_comment_at_its_line_even_behind_a_backslash) {
  EXPECT_THAT(pairs("# a \\\nb=1\n"), ElementsAre("b|1"));
}

TEST(PropertiesText, continues_a_line_behind_a_backslash) {
  EXPECT_THAT(pairs("a=1,\\\n   2,\\\r\n\t3\nb=4\n"), ElementsAre("a|1,2,3", "b|4"));
  EXPECT_THAT(pairs("ke\\\n  y=1\n"), ElementsAre("key|1"));
  EXPECT_THAT(pairs("a\\\n=1\n"), ElementsAre("a|1"));
  EXPECT_THAT(pairs("a=1\\\n   \nb=2\n"), ElementsAre("a|1", "b|2"));
  EXPECT_THAT(pairs("\\\n# a=1\n"), ElementsAre("#|a=1"));
  EXPECT_THAT(pairs("a=1\\"), ElementsAre("a|1"));
}

TEST(PropertiesText, does_not_continue_behind_an_escaped_backslash) {
  EXPECT_THAT(pairs("a=x\\\\\nb=1\n"), ElementsAre("a|x\\", "b|1"));
  EXPECT_THAT(pairs("a=x\\\\\\\ny\nb=1\n"), ElementsAre("a|x\\y", "b|1"));
}

TEST(PropertiesText, ends_lines_as_any_system_does) {
  EXPECT_THAT(pairs("a=1\rb=2\r\nc=3\n\rd=4"), ElementsAre("a|1", "b|2", "c|3", "d|4"));
}

TEST(PropertiesText, undoes_escapes) {
  EXPECT_THAT(pairs("a\\ b=1\na\\=b=2\na\\:b:3\n\\#c=4\n"), ElementsAre("a b|1", "a=b|2", "a:b|3", "#c|4"));
  EXPECT_THAT(pairs("a=\\t\\n\\r\\f\\q\\\\\\ x\n"), ElementsAre("a|\t\n\r\fq\\ x"));
  EXPECT_THAT(pairs("a=\\ x\n"), ElementsAre("a| x"));
}

TEST(PropertiesText, reads_unicode_escapes_as_utf8) {
  EXPECT_THAT(pairs("a=\\u00e9\\u4E2D\\uD83D\\uDE00\n"),
              ElementsAre("a|\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80"));
  EXPECT_THAT(pairs("a=\\uD83Dx\\uDE00\\uD83D\nb=1\n"),
              ElementsAre("a|\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd", "b|1"));
}

TEST(PropertiesText, says_where_a_broken_unicode_escape_stands_and_goes_on) {
  const auto parsed = parse_properties("a=1\nb=x\\u12G4\nc=\\u\nd=\\u12\n");
  ASSERT_EQ(parsed.mistakes.size(), 3u);
  EXPECT_EQ(parsed.mistakes[0].line, 2);
  EXPECT_EQ(parsed.mistakes[0].column, 4);
  EXPECT_EQ(parsed.mistakes[1].line, 3);
  EXPECT_EQ(parsed.mistakes[2].line, 4);
  EXPECT_EQ(parsed.properties.size(), 4u);
}

TEST(PropertiesText, knows_where_each_key_begins) {
  const auto parsed = parse_properties("# x\na=1\\\n2\n  b=3\r\nc=4");
  ASSERT_EQ(parsed.properties.size(), 3u);
  EXPECT_EQ(std::pair(parsed.properties[0].line, parsed.properties[0].column), std::pair(2, 1));
  EXPECT_EQ(std::pair(parsed.properties[1].line, parsed.properties[1].column), std::pair(4, 3));
  EXPECT_EQ(std::pair(parsed.properties[2].line, parsed.properties[2].column), std::pair(5, 1));
}

TEST(PropertiesText, keeps_bytes_outside_escapes) {
  EXPECT_THAT(pairs("a=\xff\xc3\xa9"), ElementsAre("a|\xff\xc3\xa9"));
}

TEST(PropertiesText, is_written_in_ascii_with_only_the_escapes_it_needs) {
  std::string out;
  append_property(out, "kv path", "/data/a b:c=d#e");
  append_property(out, "#x=:", " \\\t\n\xc3\xa9\xf0\x9f\x98\x80\x7f\xff");
  EXPECT_EQ(out,
            "kv\\ path=/data/a b:c=d#e\n"
            "\\#x\\=\\:=\\ \\\\\\t\\n\\u00E9\\uD83D\\uDE00\\u007F\\uFFFD\n");
}

RC_GTEST_PROP(PropertiesText, is_read_back_as_it_was_written, ()) {
  const auto text =
      rc::gen::map(rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
                       rc::gen::element<char32_t>(' ', '=', ':', '#', '!', '\\', '\n', '\r', '\t', '\f', 'u',
                                                  0, 0x7f, 0xe9, 0x2028, 0x1f600, 0x10ffff),
                       rc::gen::inRange<char32_t>(0x20, 0x7f))),
                   [](const std::vector<char32_t>& characters) {
                     std::string utf8;
                     for (const auto c : characters) logging::append_utf8(utf8, c);
                     return utf8;
                   });
  const auto written =
      *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(text, text));
  std::string out;
  for (const auto& [key, value] : written) append_property(out, key, value);
  const auto parsed = parse_properties(out);
  RC_ASSERT(parsed.mistakes.empty());
  std::vector<std::pair<std::string, std::string>> read;
  for (const auto& property : parsed.properties) read.emplace_back(property.key, property.value);
  RC_ASSERT(read == written);
}

}  // namespace
}  // namespace gantry::options
