#include "kernel/background.h"

#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;

struct BackgroundTest : testing::Test {
  logging::CapturingLogger log;
  RealClock clock;
  MetricsRegistry metrics;
  PluginBoundary plugin{"p", metrics, log, clock};
  PluginBoundary other_plugin{"other", metrics, log, clock};
  BackgroundThreads threads{2, clock};
};

TEST_F(BackgroundTest, never_runs_two_jobs_of_one_plugin_at_once) {
  const auto jobs = threads.for_plugin(plugin);
  int counted = 0;  // touched by jobs only, without a lock
  std::atomic<bool> inside{false};
  std::latch done(2000);
  const auto post_many = [&] {
    for (int i = 0; i < 1000; ++i)
      jobs->executor().post([&] {
        EXPECT_FALSE(inside.exchange(true));
        ++counted;
        inside = false;
        done.count_down();
      });
  };
  std::thread another(post_many);
  post_many();
  another.join();
  done.wait();
  jobs->close();
  EXPECT_EQ(counted, 2000);
}

TEST_F(BackgroundTest, lets_one_plugin_work_while_another_waits) {
  const auto jobs = threads.for_plugin(plugin);
  const auto other_jobs = threads.for_plugin(other_plugin);
  std::latch other_has_run(1), done(1);
  jobs->executor().post([&] {
    other_has_run.wait();
    done.count_down();
  });
  other_jobs->executor().post([&] { other_has_run.count_down(); });
  done.wait();
}

TEST_F(BackgroundTest, waits_at_the_end_for_the_job_that_runs_and_drops_the_others) {
  const auto jobs = threads.for_plugin(plugin);
  std::latch running(1), go_on(1);
  std::atomic<int> finished{0};
  jobs->executor().post([&] {
    running.count_down();
    go_on.wait();
    ++finished;
  });
  jobs->executor().post([&] { ++finished; });
  running.wait();
  // Not before close() has begun: from then on what is posted is dropped at once.
  std::thread releaser([&] {
    std::weak_ptr<int> last;
    do {
      auto held = std::make_shared<int>();
      last = held;
      jobs->executor().post([held = std::move(held)] {});
    } while (!last.expired());
    go_on.count_down();
  });
  jobs->close();
  EXPECT_EQ(finished, 1);
  releaser.join();
}

TEST_F(BackgroundTest, runs_timers_on_the_plugins_executor_until_they_are_destroyed) {
  const auto jobs = threads.for_plugin(plugin);
  std::latch three_times(3), once(1);
  int runs = 0;  // touched by jobs only
  std::unique_ptr<api::Timer> timer;
  jobs->executor().post([&] {
    timer = jobs->timers().every(1ms, [&] {
      three_times.count_down();
      if (++runs == 3) timer.reset();  // exact on the executor: no further run
    });
  });
  three_times.wait();
  const auto later = jobs->timers().after(5ms, [&] { once.count_down(); });
  once.wait();
  jobs->close();
  EXPECT_EQ(runs, 3);
}

TEST_F(BackgroundTest, goes_on_with_a_periodic_timer_whose_job_throws) {
  const auto jobs = threads.for_plugin(plugin);
  std::latch twice(2);
  const auto timer = jobs->timers().every(1ms, [&] {
    if (!twice.try_wait()) twice.count_down();
    throw std::runtime_error("no luck");
  });
  twice.wait();
  jobs->close();
  EXPECT_GE(log.count("plugin threw an exception"), 2u);
}

TEST_F(BackgroundTest, runs_nothing_of_a_timer_that_was_cancelled_or_whose_plugin_has_ended) {
  const auto jobs = threads.for_plugin(plugin);
  auto held = std::make_shared<int>(1);
  jobs->timers().after(1h, [held] {}).reset();
  EXPECT_EQ(held.use_count(), 1);
  std::atomic<int> runs{0};
  const auto timer = jobs->timers().every(1ms, [&] { ++runs; });
  jobs->close();
  const int at_close = runs;
  const auto other_jobs = threads.for_plugin(other_plugin);
  std::latch later(1);
  const auto other_timer = other_jobs->timers().after(20ms, [&] { later.count_down(); });
  later.wait();
  EXPECT_EQ(runs, at_close);
}

}  // namespace
}  // namespace gantry::kernel
