#include "plugins/schedule/arrivals.h"

#include "kernel/api/testing/manual_jobs.h"

#include <limits>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using api::QueueOffset;

constexpr auto kDelay = 10s;

struct SomeArrivals {
  std::int64_t date() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.date().time_since_epoch()).count();
  }
  void look(std::int64_t end) { arrivals.note({end}, ClockReading::of(clock)); }
  // From now on until it is due.
  std::chrono::nanoseconds until_due(std::int64_t at, std::int64_t stored_at) const {
    return arrivals.due({at}, stored_at, kDelay) - clock.now();
  }

  api::testing::ManualClock clock;
  Arrivals arrivals{1s};
};

TEST(Arrivals, make_a_message_due_its_delay_after_it_was_stored) {
  SomeArrivals some;
  some.look(0);
  const auto stored = some.date();
  some.clock.advance(300ms);
  some.look(1);
  EXPECT_EQ(some.until_due(0, stored), kDelay - 300ms);
}

TEST(Arrivals, know_by_the_date_what_came_before_the_first_look) {
  SomeArrivals some;
  const auto stored = some.date();
  some.clock.advance(1h);
  some.look(1);
  EXPECT_EQ(some.until_due(0, stored), kDelay - 1h);
}

TEST(Arrivals, care_for_no_leap_of_the_date_after_a_message_was_seen) {
  for (const auto leap : {-24h, 24h}) {
    SomeArrivals some;
    some.look(0);
    const auto stored = some.date();
    some.look(1);
    some.clock.leap(leap);
    some.look(1);
    EXPECT_EQ(some.until_due(0, stored), kDelay);
  }
}

TEST(Arrivals, count_a_message_from_when_it_was_seen_if_the_date_leapt_while_it_came) {
  for (const auto leap : {-1h, 1h}) {
    SomeArrivals some;
    some.look(0);
    const auto stored = some.date();
    some.clock.leap(leap);
    some.clock.advance(100ms);
    some.look(1);
    EXPECT_EQ(some.until_due(0, stored), kDelay);
    // And those that come once the date is steady again, by the date.
    const auto later = some.date();
    some.clock.advance(100ms);
    some.look(2);
    EXPECT_EQ(some.until_due(1, later), kDelay - 100ms);
  }
}

// A store never gives a time before the last one: after a leap back it stands still.
TEST(Arrivals, count_a_message_from_when_it_was_seen_if_its_time_is_ahead) {
  SomeArrivals some;
  some.look(0);
  const auto ahead = some.date() + 3'600'000;
  some.look(1);
  EXPECT_EQ(some.until_due(0, ahead), kDelay);
}

TEST(Arrivals, take_two_clocks_that_were_not_read_at_once_for_no_leap) {
  SomeArrivals some;
  some.look(0);
  some.clock.leap(-15ms);
  const auto stored = some.date();
  some.clock.advance(200ms);
  some.look(1);
  const auto due = some.until_due(0, stored);
  EXPECT_EQ(due, kDelay - 200ms);
  some.clock.leap(15ms);
  const auto later = some.date();
  some.clock.advance(200ms);
  some.look(2);
  // Of two readings the one that makes it later.
  EXPECT_EQ(some.until_due(1, later), kDelay - 200ms + 15ms);
}

TEST(Arrivals, remember_little_of_a_steady_stream) {
  SomeArrivals some;
  for (int i = 1; i <= 1000; ++i) {
    some.clock.advance(10ms);
    some.look(i);
  }
  EXPECT_LE(some.arrivals.remembered(), 11u);
  some.arrivals.forget_before({999});
  EXPECT_EQ(some.arrivals.remembered(), 1u);
}

TEST(Arrivals, keep_apart_what_came_before_a_leap_and_what_came_after) {
  SomeArrivals some;
  some.look(0);
  const auto before = some.date();
  some.look(1);
  some.clock.leap(500ms);
  some.look(1);
  const auto after = some.date();
  some.look(2);
  EXPECT_EQ(some.until_due(0, before), kDelay);
  EXPECT_EQ(some.until_due(1, after), kDelay);
}

TEST(Arrivals, survive_times_that_no_clock_has_told) {
  SomeArrivals some;
  some.look(1);
  EXPECT_LE(some.until_due(0, std::numeric_limits<std::int64_t>::min()), 0ns);
  EXPECT_EQ(some.until_due(0, std::numeric_limits<std::int64_t>::max()), kDelay);
}

TEST(Arrivals, begin_anew_with_another_queue) {
  SomeArrivals some;
  some.look(5);
  some.arrivals.forget_all();
  some.clock.advance(1h);
  some.look(1);
  EXPECT_EQ(some.until_due(0, some.date() + 1000), kDelay);
}

}  // namespace
}  // namespace gantry::schedule
