#include "kernel/serial_jobs.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;

struct SerialJobsTest : testing::Test {
  // One round of what was asked to run soon.
  bool run_one() {
    if (soon.empty()) return false;
    auto next = std::move(soon.front());
    soon.pop_front();
    next();
    return true;
  }
  void run_all() {
    while (run_one()) {
    }
  }

  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary plugin{"p", metrics, log, clock};
  std::deque<std::function<void()>> soon;
  std::shared_ptr<SerialJobs> jobs = std::make_shared<SerialJobs>(
      plugin, [this](std::function<void()> job) { soon.push_back(std::move(job)); });
  std::vector<int> ran;
};

TEST_F(SerialJobsTest, run_in_the_order_of_the_calls_also_those_posted_by_jobs) {
  jobs->post([&] {
    ran.push_back(1);
    jobs->post([&] { ran.push_back(3); });
  });
  jobs->post([&] { ran.push_back(2); });
  EXPECT_THAT(ran, ElementsAre());
  run_all();
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST_F(SerialJobsTest, are_asked_for_once_at_a_time) {
  for (int i = 0; i < 10; ++i) jobs->post([this, i] { ran.push_back(i); });
  EXPECT_EQ(soon.size(), 1u);
  run_all();
  jobs->post([] {});
  EXPECT_EQ(soon.size(), 1u);
}

TEST_F(SerialJobsTest, let_others_have_their_turn) {
  for (int i = 0; i < 100; ++i) jobs->post([this, i] { ran.push_back(i); });
  run_one();
  EXPECT_LT(ran.size(), 100u);
  run_all();
  EXPECT_EQ(ran.size(), 100u);
}

TEST_F(SerialJobsTest, go_on_after_one_that_throws) {
  jobs->post([] { throw std::runtime_error("no luck"); });
  jobs->post([&] { ran.push_back(1); });
  run_all();
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_EQ(log.count("plugin threw an exception"), 1u);
}

TEST_F(SerialJobsTest, are_dropped_with_all_they_hold_when_closed) {
  auto held = std::make_shared<int>(1);
  jobs->post([held] {});
  EXPECT_EQ(held.use_count(), 2);
  jobs->close();
  EXPECT_EQ(held.use_count(), 1);
  jobs->post([&] { ran.push_back(1); });
  run_all();
  EXPECT_THAT(ran, ElementsAre());
}

}  // namespace
}  // namespace gantry::kernel
