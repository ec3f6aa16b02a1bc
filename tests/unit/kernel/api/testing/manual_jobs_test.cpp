#include "kernel/api/testing/manual_jobs.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(ManualJobs, run_in_the_order_of_their_posting_and_only_when_told) {
  ManualClock clock;
  ManualJobs jobs(clock);
  std::string ran;
  jobs.post([&] {
    ran += "a";
    jobs.post([&] { ran += "c"; });
  });
  jobs.post([&] { ran += "b"; });
  EXPECT_EQ(ran, "");
  EXPECT_TRUE(jobs.run());
  EXPECT_EQ(ran, "abc");
  EXPECT_FALSE(jobs.run());
}

TEST(ManualJobs, have_timers_that_run_when_they_are_due_the_earliest_first) {
  ManualClock clock;
  ManualJobs jobs(clock);
  const auto begin = clock.now();
  std::vector<std::pair<char, std::chrono::nanoseconds>> ran;
  const auto every = jobs.every(2s, [&] { ran.emplace_back('e', clock.now() - begin); });
  const auto once = jobs.after(3s, [&] { ran.emplace_back('o', clock.now() - begin); });
  jobs.run_due_until(begin + 5s);
  EXPECT_THAT(ran, ElementsAre(std::pair('e', 2s), std::pair('o', 3s), std::pair('e', 4s)));
}

TEST(ManualJobs, drop_a_timer_that_is_destroyed_even_by_its_own_job) {
  ManualClock clock;
  ManualJobs jobs(clock);
  int ran = 0;
  std::unique_ptr<Timer> timer;
  timer = jobs.every(1s, [&] {
    ++ran;
    timer.reset();
  });
  jobs.run_due_until(clock.now() + 10s);
  EXPECT_EQ(ran, 1);
}

TEST(ManualJobs, run_nothing_any_more_once_they_are_dropped) {
  ManualClock clock;
  ManualJobs jobs(clock);
  std::string ran;
  jobs.post([&] { ran += "posted"; });
  const auto timer = jobs.after(1s, [&] { ran += "timer"; });
  jobs.drop();
  jobs.run();
  jobs.run_due_until(clock.now() + 2s);
  EXPECT_EQ(ran, "");
  jobs.post([&] { ran += "later"; });
  jobs.run();
  EXPECT_EQ(ran, "later");
}

TEST(ManualClock, leaps_in_its_date_alone) {
  ManualClock clock;
  const auto now = clock.now();
  const auto date = clock.date();
  clock.leap(-1h);
  EXPECT_EQ(clock.now(), now);
  EXPECT_EQ(clock.date(), date - 1h);
}

}  // namespace
}  // namespace gantry::api::testing
