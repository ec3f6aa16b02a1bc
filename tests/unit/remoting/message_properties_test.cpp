#include "remoting/message_properties.h"

#include <map>
#include <rapidcheck.h>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

using Defect = PropertyError::Defect;
using testing::ElementsAre;
using testing::IsEmpty;

// In these tests = stands for 0x01 and ; for 0x02.
std::string properties(std::string_view readable) {
  std::string text(readable);
  for (char& c : text) c = c == '=' ? kNameValueSeparator : c == ';' ? kPropertySeparator : c;
  return text;
}

std::vector<std::pair<std::string, std::string>> all_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Property& p : PropertyRange(text)) all.emplace_back(p.name, p.value);
  return all;
}

auto is(std::string_view name, std::string_view value) {
  return testing::Pair(name, value);
}

TEST(MessageProperties, come_in_the_order_of_the_text) {
  EXPECT_THAT(all_of(properties("TAGS=TagA;UNIQ_KEY=C0A8")),
              ElementsAre(is("TAGS", "TagA"), is("UNIQ_KEY", "C0A8")));
  EXPECT_THAT(all_of(properties("TAGS=TagA;")), ElementsAre(is("TAGS", "TagA")))
      << "Go and C++ end in a separator";
  EXPECT_THAT(all_of({}), IsEmpty());
}

TEST(MessageProperties, skip_what_every_reader_skips) {
  for (const auto* nothing :
       {";", ";;", "a", "ab;", "=", "=;", "a=", "=b", "a=;", "=b;", "abc", "==", "=b=c"})
    EXPECT_THAT(all_of(properties(nothing)), IsEmpty()) << nothing;
  EXPECT_THAT(all_of(properties(";;a=;b=1;;=2;c;d=3")), ElementsAre(is("b", "1"), is("d", "3")));
}

TEST(MessageProperties, end_a_name_at_the_first_separator_only) {
  EXPECT_THAT(all_of(properties("a=b=c;d==")),
              ElementsAre(is("a", properties("b=c")), is("d", properties("="))));
}

TEST(MessageProperties, count_the_last_of_a_name) {
  const std::string text = properties("a=1;b=2;a=3;c=4");
  EXPECT_EQ(find_property(text, "a"), "3");
  EXPECT_EQ(find_property(text, "b"), "2");
  EXPECT_EQ(find_property(text, "c"), "4");
}

TEST(MessageProperties, count_an_earlier_one_when_the_last_has_no_value) {
  EXPECT_EQ(find_property(properties("a=1;a=;a;"), "a"), "1");
}

TEST(MessageProperties, are_not_found_by_less_than_the_whole_name) {
  const std::string text = properties("KEYS=k;TAGS=KEY;XKEY=y");
  EXPECT_EQ(find_property(text, "KEY"), std::nullopt);
  EXPECT_EQ(find_property(text, "KEYSX"), std::nullopt);
  EXPECT_EQ(find_property(text, "k"), std::nullopt);
  EXPECT_EQ(find_property(text, ""), std::nullopt);
  EXPECT_EQ(find_property(text, properties("KEYS=k")), std::nullopt);
  EXPECT_EQ(find_property(properties("a=b=c"), properties("a=b")), std::nullopt);
  EXPECT_EQ(find_property({}, "KEYS"), std::nullopt);
}

TEST(MessageProperties, are_found_as_views_into_the_text) {
  const std::string text = properties("a=1;b=22");
  EXPECT_EQ(find_property(text, "b")->data(), text.data() + 6);
}

TEST(MessageProperties, are_appended_with_one_separator_between) {
  std::string text;
  ASSERT_TRUE(append_property(text, "TAGS", "TagA"));
  ASSERT_TRUE(append_property(text, "KEYS", "k1 k2"));
  EXPECT_EQ(text, properties("TAGS=TagA;KEYS=k1 k2")) << "and none at the end, as Java writes them";

  std::string from_go = properties("TAGS=TagA;");
  ASSERT_TRUE(append_property(from_go, "CLUSTER", "c"));
  EXPECT_EQ(from_go, properties("TAGS=TagA;CLUSTER=c"));
}

TEST(MessageProperties, refuse_to_become_what_would_be_read_differently) {
  std::string text = properties("a=1");
  EXPECT_EQ(append_property(text, "", "v").error().defect, Defect::empty_name);
  EXPECT_EQ(append_property(text, "n", "").error().defect, Defect::empty_value);
  for (const auto* separator : {"\x01", "\x02"}) {
    EXPECT_EQ(append_property(text, std::string("n") + separator, "v").error().defect,
              Defect::separator_in_name);
    EXPECT_EQ(append_property(text, "n", std::string("v") + separator).error().defect,
              Defect::separator_in_value);
    EXPECT_EQ(set_property(text, "a", separator).error().defect, Defect::separator_in_value);
  }
  EXPECT_EQ(text, properties("a=1"));
}

TEST(MessageProperties, fill_up_to_their_limit_and_not_one_byte_more) {
  std::string text = properties("a=1");
  const std::string value(kMaxPropertiesSize - text.size() - 3, 'x');
  std::string one_more = text;
  EXPECT_EQ(append_property(one_more, "b", value + "x").error().defect, Defect::too_long);
  EXPECT_EQ(one_more, text);
  ASSERT_TRUE(append_property(text, "b", value));
  EXPECT_EQ(text.size(), kMaxPropertiesSize);

  ASSERT_TRUE(set_property(text, "b", value)) << "the old value makes room for the new one";
  EXPECT_EQ(set_property(text, "b", value + "x").error().defect, Defect::too_long);
  EXPECT_EQ(find_property(text, "b"), value);
}

TEST(MessageProperties, say_which_property_was_refused_and_why) {
  std::string text;
  EXPECT_EQ(append_property(text, "COLOR", "").error().str(),
            "property \"COLOR\": its value is empty, and readers would skip it");
  EXPECT_EQ(append_property(text, "A\x02", "v").error().str(),
            "property \"A\\x02\": its name holds a byte 0x01 or 0x02, which separate properties");
}

TEST(MessageProperties, are_replaced_when_set) {
  std::string text = properties("a=1;b=2;a=3");
  ASSERT_TRUE(set_property(text, "a", "4"));
  EXPECT_EQ(text, properties("b=2;a=4"));
}

TEST(MessageProperties, are_removed_with_their_separator) {
  const auto without = [](std::string_view readable, std::string_view name) {
    std::string text = properties(readable);
    remove_property(text, name);
    return text;
  };
  EXPECT_EQ(without("WAIT=true;a=1", "WAIT"), properties("a=1"));
  EXPECT_EQ(without("a=1;WAIT=true", "WAIT"), properties("a=1"));
  EXPECT_EQ(without("a=1;WAIT=true;", "WAIT"), properties("a=1;"));
  EXPECT_EQ(without("a=1;WAIT=true;b=2", "WAIT"), properties("a=1;b=2"));
  EXPECT_EQ(without("WAIT=true;WAIT=;a=1;WAIT=x", "WAIT"), properties("a=1"));
  EXPECT_EQ(without("WAIT=true", "WAIT"), "");
  EXPECT_EQ(without("XWAIT=1;WAITX=2;a=WAIT", "WAIT"), properties("XWAIT=1;WAITX=2;a=WAIT"));
  EXPECT_EQ(without("a=1;=2", ""), properties("a=1;=2"));
}

TEST(MessageProperties, join_with_a_separator_only_where_one_is_missing) {
  const auto joined = [](std::string_view first, std::string_view second) {
    const std::string a = properties(first), b = properties(second);
    std::string text(joined_size(a, b), '?');
    EXPECT_EQ(join_to(text.data(), a, b), text.data() + text.size());
    return text;
  };
  EXPECT_EQ(joined("a=1", "b=2"), properties("a=1;b=2"));
  EXPECT_EQ(joined("a=1;", "b=2"), properties("a=1;b=2"));
  EXPECT_EQ(joined("", "b=2"), properties("b=2"));
  EXPECT_EQ(joined("a=1", ""), properties("a=1"));
  EXPECT_EQ(joined("", ""), "");
}

// Any text, but one in which separators are frequent.
rc::Gen<std::string> separators_and_letters() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::element('\x01', '\x02', 'a', 'b'), rc::gen::arbitrary<char>()));
}

RC_GTEST_PROP(MessageProperties, are_found_as_a_map_of_them_would_hold_them, ()) {
  const std::string text = *separators_and_letters();
  std::map<std::string, std::string> map;
  for (const Property& p : PropertyRange(text)) map[std::string(p.name)] = p.value;
  for (const auto& [name, value] : map) RC_ASSERT(find_property(text, name) == std::string_view(value));
  for (const auto* name : {"a", "b", "aa", "ab"})
    RC_ASSERT(find_property(text, name).has_value() == map.contains(name));
}

RC_GTEST_PROP(MessageProperties, lose_only_the_one_that_is_removed, ()) {
  const std::string text = *separators_and_letters();
  auto expected = all_of(text);
  std::erase_if(expected, [](const auto& p) { return p.first == "a"; });
  std::string removed = text;
  remove_property(removed, "a");
  RC_ASSERT(all_of(removed) == expected);
}

RC_GTEST_PROP(MessageProperties, are_read_back_as_they_were_appended, ()) {
  const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::distinctFrom(
      rc::gen::distinctFrom(rc::gen::arbitrary<char>(), kNameValueSeparator), kPropertySeparator)));
  const auto pairs =
      *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(word, word));
  std::string text;
  for (const auto& [name, value] : pairs) RC_ASSERT(append_property(text, name, value).has_value());
  RC_ASSERT(all_of(text) == pairs);
}

}  // namespace
}  // namespace gantry::remoting
