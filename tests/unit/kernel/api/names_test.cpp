#include "kernel/api/names.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::api {
namespace {

std::string why_no_topic(std::string_view text) {
  const auto name = TopicName::parse(text);
  return name ? "" : name.error().text;
}

TEST(Name, takes_what_apache_takes) {
  for (const char* good : {"T", "order-events_2", "%RETRY%group", "a|b", "%DLQ%g-1"})
    EXPECT_EQ(why_no_topic(good), "");
  EXPECT_EQ(why_no_topic(std::string(127, 'a')), "");
}

TEST(Name, is_its_text) {
  const auto name = TopicName::parse("orders").value();
  EXPECT_EQ(name.str(), "orders");
  EXPECT_EQ(std::string_view(name), "orders");
}

TEST(Name, refuses_the_empty_one) {
  EXPECT_EQ(why_no_topic(""), "topic is empty: a name of 1 to 127 characters is needed");
}

TEST(Name, refuses_one_that_is_too_long) {
  EXPECT_EQ(why_no_topic(std::string(128, 'a')),
            "topic \"" + std::string(64, 'a') + "\"... (128 bytes) has 128 characters, 127 are allowed");
  EXPECT_TRUE(GroupName::parse(std::string(255, 'g')));
  EXPECT_FALSE(GroupName::parse(std::string(256, 'g')));
}

TEST(Name, refuses_paths_blanks_and_control_characters) {
  EXPECT_EQ(why_no_topic("../etc"),
            "topic \"../etc\" has \".\" at 0: letters, digits, %, |, _ and - are allowed");
  EXPECT_EQ(why_no_topic("a b"), "topic \"a b\" has \" \" at 1: letters, digits, %, |, _ and - are allowed");
  EXPECT_EQ(why_no_topic(std::string_view("a\0", 2)),
            "topic \"a\\x00\" has \"\\x00\" at 1: letters, digits, %, |, _ and - are allowed");
  EXPECT_NE(why_no_topic("\xc3\xa4"), "");
}

}  // namespace
}  // namespace gantry::api
