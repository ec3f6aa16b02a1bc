#include "plugins/schedule/delay_levels.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

std::string why_not(std::string_view text) {
  const auto levels = DelayLevels::parse(text);
  return levels ? "" : levels.error().text;
}

TEST(DelayLevels, are_eighteen_with_apaches_default) {
  const auto levels = DelayLevels::parse(DelayLevels::kApaches).value();
  EXPECT_EQ(levels.highest(), 18);
  EXPECT_EQ(levels.of(1), 1s);
  EXPECT_EQ(levels.of(3), 10s);
  EXPECT_EQ(levels.of(5), 1min);
  EXPECT_EQ(levels.of(18), 2h);
}

TEST(DelayLevels, are_read_with_every_unit_and_any_number_of_blanks) {
  const auto levels = DelayLevels::parse("  0s 7m  2h 3650d ").value();
  EXPECT_EQ(levels.highest(), 4);
  EXPECT_EQ(levels.of(1), 0s);
  EXPECT_EQ(levels.of(2), 7min);
  EXPECT_EQ(levels.of(3), 2h);
  EXPECT_EQ(levels.of(4), std::chrono::days(3650));
}

TEST(DelayLevels, take_a_level_above_the_highest_for_that) {
  const auto levels = DelayLevels::parse("1s 5s").value();
  EXPECT_EQ(levels.clamp(2), 2);
  EXPECT_EQ(levels.clamp(3), 2);
  EXPECT_EQ(levels.of(std::numeric_limits<std::int32_t>::max()), 5s);
}

TEST(DelayLevels, that_are_none_are_refused_with_what_would_be_right) {
  EXPECT_EQ(
      why_not("1s 5x"),
      "level 2 is \"5x\": a whole number and one of s, m, h, d would be right, as in 30s, and 3650d is the "
      "longest");
  for (const char* wrong :
       {"1s 5", "s", "-1s", "1.5s", "1s,5s", "1S", "3651d", "99999999999999999999s", "1s\t5s"})
    EXPECT_NE(why_not(wrong), "") << wrong;
  EXPECT_EQ(
      why_not("  "),
      "there must be one level at least; Apache's are \"1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m "
      "1h 2h\"");
}

TEST(DelayLevels, are_256_at_most) {
  std::string text;
  for (int level = 0; level < 256; ++level) text += "1s ";
  EXPECT_EQ(why_not(text), "");
  EXPECT_EQ(why_not(text + "1s"), "these are 257 levels; 256 are allowed");
}

TEST(DelayLevels, have_a_queue_each_one_less_than_their_number) {
  EXPECT_EQ(queue_of(1), api::QueueId{0});
  EXPECT_EQ(level_of(api::QueueId{17}), 18);
  EXPECT_EQ(level_of(api::QueueId{std::numeric_limits<std::int32_t>::max()}),
            std::numeric_limits<std::int32_t>::max());
}

}  // namespace
}  // namespace gantry::schedule
