#include "remoting/tag_hash.h"

#include <limits>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(TagHash, is_javas_string_hash) {
  EXPECT_EQ(java_string_hash(""), 0);
  EXPECT_EQ(java_string_hash("a"), 97);
  EXPECT_EQ(java_string_hash("TagA"), 2598919);
  EXPECT_EQ(java_string_hash("TagB"), 2598920);
  EXPECT_EQ(java_string_hash("TopicTest"), -1902610879);
  EXPECT_EQ(java_string_hash("polygenelubricants"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(java_string_hash("Aa"), java_string_hash("BB")) << "it collides like Java's";
}

TEST(TagHash, counts_utf16_units_not_bytes) {
  EXPECT_EQ(java_string_hash("中文"), 646394);
  EXPECT_EQ(java_string_hash("订单"), 1129459);
  EXPECT_EQ(java_string_hash("\u00e9"), 0xE9);
  EXPECT_EQ(java_string_hash("😀"), 1772899) << "two surrogates";
  EXPECT_EQ(java_string_hash("\xf4\x8f\xbf\xbf"), 1803232) << "the last character there is";
}

TEST(TagHash, goes_on_behind_another_string) {
  const std::string text = "OrderTopic#订单-4711-with-😀-inside";
  std::uint32_t ascii_only = 0;
  for (std::size_t cut = 0; cut <= text.find('#'); ++cut) {
    const auto [first, second] = std::pair(text.substr(0, cut), text.substr(cut));
    EXPECT_EQ(java_string_hash(second, java_string_hash(first)), java_string_hash(text)) << cut;
    EXPECT_EQ(java_string_hash(first), static_cast<std::int32_t>(ascii_only)) << cut;
    ascii_only = 31 * ascii_only + static_cast<unsigned char>(text[cut]);
  }
}

// Each number was computed by Java 17 from the same bytes.
TEST(TagHash, replaces_broken_utf8_as_java_does) {
  EXPECT_EQ(java_string_hash("a\xff"
                             "b"),
            2124838);
  EXPECT_EQ(java_string_hash("\xe0"), 65533) << "cut after the lead byte";
  EXPECT_EQ(java_string_hash("\xf0\x9f\x98"), 65533) << "three bytes of four, one replacement";
  EXPECT_EQ(java_string_hash("\xc0\xaf"), 2097056) << "overlong, two replacements";
  EXPECT_EQ(java_string_hash("\xed\xa0\x80"), 65533) << "an encoded surrogate, one replacement";
  EXPECT_EQ(java_string_hash("\xf4\x90\x80\x80"), 2017367872)
      << "above the last character, four replacements";
}

TEST(TagsCode, is_the_hash_of_the_tags_property_with_its_sign) {
  EXPECT_EQ(tags_code("KEYS\1k\2TAGS\1TagA"), 2598919);
  EXPECT_EQ(tags_code("TAGS\1TopicTest"), std::int64_t{-1902610879});
}

TEST(TagsCode, is_zero_without_tags) {
  EXPECT_EQ(tags_code(""), 0);
  EXPECT_EQ(tags_code("KEYS\1TAGS"), 0);
  EXPECT_EQ(tags_code("TAGS\1"), 0);
}

}  // namespace
}  // namespace gantry::remoting
