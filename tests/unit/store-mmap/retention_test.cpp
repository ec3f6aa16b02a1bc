#include "plugins/store-mmap/retention.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <optional>
#include <rapidcheck.h>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using TimePoint = std::chrono::system_clock::time_point;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

// Files of 100 bytes that were last written so many hours ago.
std::vector<LogFileInfo> files(const std::vector<std::int64_t>& hours_ago) {
  std::vector<LogFileInfo> all;
  for (const std::int64_t hours : hours_ago) {
    const auto start = static_cast<std::int64_t>(all.size()) * 100;
    all.push_back({{start}, {start + 100}, kNow - hours * kHour});
  }
  return all;
}

RetentionRound at_the_hour() {
  return {.now = kNow, .at_the_hour = true, .keep_from = {1 << 20}};
}
RetentionRound at_level(DiskLevel level, std::optional<std::int64_t> over = std::nullopt) {
  return {.now = kNow, .level = level, .over = over, .keep_from = {1 << 20}};
}

TEST(Retention, rounds_up_the_percent_that_are_used) {
  EXPECT_EQ(percent_used({0, 100}), 0);
  EXPECT_EQ(percent_used({75, 25}), 75);
  EXPECT_EQ(percent_used({7501, 2499}), 76);
  EXPECT_EQ(percent_used({1, 1'000'000}), 1);
  EXPECT_EQ(percent_used({100, 0}), 100);
  EXPECT_EQ(percent_used({0, 0}), 0);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(percent_used({kMost, kMost}), 50);
}

TEST(Retention, has_a_level_above_its_percent_and_not_at_it) {
  const RetentionSettings settings;
  const std::vector<std::pair<int, DiskLevel>> cases{
      {0, DiskLevel::fine},   {75, DiskLevel::fine},  {76, DiskLevel::warn},   {85, DiskLevel::warn},
      {86, DiskLevel::force}, {90, DiskLevel::force}, {91, DiskLevel::refuse}, {100, DiskLevel::refuse}};
  for (const auto& [percent, level] : cases) {
    EXPECT_EQ(level_of(percent, settings), level) << percent;
    EXPECT_EQ(level_of(FileSystem::Space{percent, 100 - percent}, settings), level) << percent;
  }
  EXPECT_EQ(level_of(FileSystem::Space{9001, 999}, settings), DiskLevel::refuse);
}

TEST(Retention, leaves_a_level_only_below_its_bound) {
  const RetentionSettings settings;
  EXPECT_EQ(level_of(90, DiskLevel::refuse, settings), DiskLevel::refuse);
  EXPECT_EQ(level_of(89, DiskLevel::refuse, settings), DiskLevel::force);
  EXPECT_EQ(level_of(85, DiskLevel::refuse, settings), DiskLevel::force);
  EXPECT_EQ(level_of(84, DiskLevel::refuse, settings), DiskLevel::warn);
  EXPECT_EQ(level_of(90, DiskLevel::fine, settings), DiskLevel::force);
  EXPECT_EQ(level_of(75, DiskLevel::warn, settings), DiskLevel::warn);
  EXPECT_EQ(level_of(75, DiskLevel::fine, settings), DiskLevel::fine);
  EXPECT_EQ(level_of(74, DiskLevel::warn, settings), DiskLevel::fine);
}

TEST(Retention, knows_how_much_must_go) {
  const RetentionSettings settings;
  EXPECT_EQ(over_force({850, 150}, settings), 0);
  EXPECT_EQ(over_force({900, 100}, settings), 50);
  EXPECT_EQ(over_force({100, 900}, settings), 0);
}

RC_GTEST_PROP(Retention, has_bytes_that_must_go_exactly_above_the_level_of_force, ()) {
  const FileSystem::Space space{*rc::gen::inRange<std::int64_t>(0, 1LL << 50),
                                *rc::gen::inRange<std::int64_t>(0, 1LL << 50)};
  const RetentionSettings settings;
  const std::int64_t over = over_force(space, settings);
  RC_ASSERT((over > 0) == (level_of(space, settings) >= DiskLevel::force));
  const FileSystem::Space after{space.used - over, space.available + over};
  RC_ASSERT(level_of(after, settings) < DiskLevel::force);
}

TEST(Retention, takes_expired_files_at_the_hour_and_stops_at_the_first_that_is_not) {
  const RetentionSettings settings;
  EXPECT_EQ(files_to_remove(files({100, 80, 72, 71, 100, 0}), at_the_hour(), settings), 3u);
  EXPECT_EQ(files_to_remove(files({10, 100, 100, 0}), at_the_hour(), settings), 0u);
}

TEST(Retention, takes_expired_files_at_any_hour_when_an_operator_asks_or_the_disk_fills) {
  const RetentionSettings settings;
  const auto some = files({100, 80, 1, 0});
  RetentionRound round = at_level(DiskLevel::fine);
  EXPECT_EQ(files_to_remove(some, round, settings), 0u);
  round.by_hand = true;
  EXPECT_EQ(files_to_remove(some, round, settings), 2u);
  EXPECT_EQ(files_to_remove(some, at_level(DiskLevel::warn), settings), 2u);
}

TEST(Retention, takes_young_files_only_when_forced_and_no_more_than_needed) {
  RetentionSettings settings;
  const auto young = files({5, 4, 3, 2, 1, 0});
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::warn, 300), settings), 0u);
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::force, 0), settings), 0u);
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::force, 100), settings), 1u);
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::refuse, 101), settings), 2u);
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::refuse, 1 << 20), settings), 5u);
  settings.force = false;
  EXPECT_EQ(files_to_remove(young, at_level(DiskLevel::refuse, 300), settings), 0u);
}

TEST(Retention, takes_one_young_file_at_a_time_when_nobody_knows_how_much_must_go) {
  const RetentionSettings settings;
  EXPECT_EQ(files_to_remove(files({5, 4, 3, 2}), at_level(DiskLevel::force), settings), 1u);
  EXPECT_EQ(files_to_remove(files({100, 90, 3, 2}), at_level(DiskLevel::force), settings), 2u);
}

TEST(Retention, never_takes_the_last_file_nor_more_than_ten_at_once) {
  const RetentionSettings settings;
  EXPECT_EQ(files_to_remove({}, at_the_hour(), settings), 0u);
  EXPECT_EQ(files_to_remove(files({1000}), at_the_hour(), settings), 0u);
  EXPECT_EQ(files_to_remove(files({1000, 1000}), at_the_hour(), settings), 1u);
  EXPECT_EQ(files_to_remove(files(std::vector<std::int64_t>(30, 1000)), at_the_hour(), settings), 10u);
}

TEST(Retention, never_takes_a_file_that_recovery_would_read_or_that_was_made_ahead) {
  const RetentionSettings settings;
  RetentionRound round = at_the_hour();
  for (const auto& [keep_from, count] :
       std::vector<std::pair<std::int64_t, std::size_t>>{{0, 0}, {99, 0}, {100, 1}, {199, 1}, {200, 2}}) {
    round.keep_from = {keep_from};
    EXPECT_EQ(files_to_remove(files({1000, 1000, 1000, 1000}), round, settings), count) << keep_from;
  }
}

RC_GTEST_PROP(Retention, takes_only_what_some_rule_allows, ()) {
  const auto all = files(*rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange(0, 150)));
  const RetentionSettings settings{.force = *rc::gen::arbitrary<bool>()};
  const RetentionRound round{
      .now = kNow,
      .at_the_hour = *rc::gen::arbitrary<bool>(),
      .by_hand = *rc::gen::arbitrary<bool>(),
      .level = *rc::gen::element(DiskLevel::fine, DiskLevel::warn, DiskLevel::force, DiskLevel::refuse),
      .over = *rc::gen::inRange<std::int64_t>(0, 2000),
      .keep_from = {*rc::gen::inRange<std::int64_t>(0, 3000)}};
  const std::size_t count = files_to_remove(all, round, settings);
  RC_ASSERT(count == 0 || count < all.size());
  RC_ASSERT(count <= 10u);
  std::int64_t young = 0;
  for (std::size_t i = 0; i < count; ++i) {
    RC_ASSERT(all[i].end <= round.keep_from);
    if (kNow - all[i].modified < 72 * kHour) ++young;
  }
  if (!settings.force || round.level < DiskLevel::force) RC_ASSERT(young == 0);
  RC_ASSERT((young - 1) * 100 < *round.over);
  if (young == 0 && round.level < DiskLevel::warn && !round.at_the_hour && !round.by_hand)
    RC_ASSERT(count == 0u);
}

class LocalTime : public testing::Test {
 protected:
  LocalTime() {
    if (const char* zone = std::getenv("TZ")) before_ = zone;
  }
  ~LocalTime() override {
    if (before_)
      ::setenv("TZ", before_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }
  static void move_to(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  static TimePoint utc(int month, int day, int hour, int minute) {
    return std::chrono::sys_days(std::chrono::year(2024) / month / day) + std::chrono::hours(hour) +
           std::chrono::minutes(minute);
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(LocalTime, is_that_of_the_broker) {
  move_to("UTC0");
  EXPECT_EQ(local_hour(utc(1, 1, 4, 59)), 4);
  move_to("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(local_hour(utc(1, 1, 3, 0)), 4);
  EXPECT_EQ(local_hour(utc(7, 1, 2, 0)), 4);
  move_to("IST-5:30");
  EXPECT_EQ(local_hour(utc(1, 1, 22, 30)), 4);
}

TEST_F(LocalTime, lets_each_hour_last_all_of_it) {
  move_to("UTC0");
  EXPECT_FALSE(hour_has_come(utc(1, 1, 3, 59), {4, 16}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(1, 1, 4, 0), {4, 16}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(1, 1, 4, 59), {4, 16}, local_hour));
  EXPECT_FALSE(hour_has_come(utc(1, 1, 5, 0), {4, 16}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(1, 1, 16, 30), {4, 16}, local_hour));
  EXPECT_FALSE(hour_has_come(utc(1, 1, 4, 30), {}, local_hour));
}

// On 31 March 2024 it was 3:00 in Berlin one second after 1:59:59.
TEST_F(LocalTime, makes_up_for_an_hour_that_summer_time_leaves_out) {
  move_to("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_FALSE(hour_has_come(utc(3, 31, 0, 59), {2}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(3, 31, 1, 0), {2}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(3, 31, 1, 59), {2}, local_hour));
  EXPECT_FALSE(hour_has_come(utc(3, 31, 2, 0), {2}, local_hour));
  EXPECT_TRUE(hour_has_come(utc(10, 27, 0, 30), {2}, local_hour));  // twice in autumn
  EXPECT_TRUE(hour_has_come(utc(10, 27, 1, 30), {2}, local_hour));
  EXPECT_FALSE(hour_has_come(utc(10, 27, 2, 30), {2}, local_hour));
}

TEST_F(LocalTime, brings_each_hour_every_day_of_the_year_wherever_the_broker_is) {
  for (const char* zone : {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0",
                           "LHST-10:30LHDT-11,M10.1.0,M4.1.0", "CLT4CLST,M9.1.0/0,M4.1.0/0"}) {
    move_to(zone);
    for (int hour = 0; hour < 24; ++hour) {
      std::vector<bool> came(366);
      for (TimePoint now = utc(1, 2, 0, 5); now < utc(12, 31, 0, 0); now += 30min) {
        const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
        std::tm local{};
        ::localtime_r(&seconds, &local);
        if (hour_has_come(now, {hour}, local_hour)) came[static_cast<std::size_t>(local.tm_yday)] = true;
      }
      for (std::size_t day = 2; day < 364; ++day) ASSERT_TRUE(came[day]) << zone << " " << hour << " " << day;
    }
  }
}

}  // namespace
}  // namespace gantry::store
