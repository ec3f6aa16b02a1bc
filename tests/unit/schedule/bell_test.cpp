#include "plugins/schedule/bell.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

class KeptJobs final : public api::Executor {
 public:
  void post(std::function<void()> job) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  std::size_t run() {
    std::vector<std::function<void()>> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(jobs_);
    }
    for (const auto& job : jobs) job();
    return jobs.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> jobs_;  // guarded by mutex_
};

TEST(Bell, has_one_job_run_for_any_number_of_rings_until_it_is_answered) {
  KeptJobs jobs;
  Bell bell(jobs, [] {});
  bell.ring();
  bell.ring();
  EXPECT_EQ(jobs.run(), 1u);
  bell.ring();
  EXPECT_EQ(jobs.run(), 0u);
  bell.answer();
  bell.ring();
  EXPECT_EQ(jobs.run(), 1u);
}

TEST(Bell, loses_no_ring_between_an_answer_and_the_look_behind_it) {
  KeptJobs jobs;
  std::atomic<int> there{0};
  int seen = 0;
  Bell bell(jobs, [&] {
    bell.answer();
    seen = there.load(std::memory_order_relaxed);
  });
  constexpr int kRings = 20'000;
  std::thread other([&] {
    for (int i = 1; i <= kRings; ++i) {
      there.store(i, std::memory_order_relaxed);
      bell.ring();
    }
  });
  while (there.load(std::memory_order_relaxed) < kRings) jobs.run();
  other.join();
  jobs.run();
  EXPECT_EQ(seen, kRings);
}

}  // namespace
}  // namespace gantry::schedule
