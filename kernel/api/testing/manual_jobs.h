// Clock, executor and timers of a test: nothing runs until the test says so, then on its thread, and time
// stands still until the test moves it.
//
// What a job throws reaches the test. In the broker it would be counted and logged, and go on.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace gantry::api::testing {

class ManualClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return now_; }
  std::chrono::system_clock::time_point date() const override { return date_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    leap(by);
  }
  // The date alone, forwards or back: as an operator sets it.
  void leap(std::chrono::nanoseconds by) {
    date_ += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
  }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  std::chrono::system_clock::time_point date_{std::chrono::sys_days(std::chrono::year(2024) / 1 / 1)};
};

// One thread: the test's.
class ManualJobs final : public Executor, public Timers {
 public:
  explicit ManualJobs(ManualClock& clock) : clock_(clock) {}

  void post(std::function<void()> job) override { waiting_.push_back(std::move(job)); }
  std::unique_ptr<Timer> after(std::chrono::nanoseconds delay, std::function<void()> job) override {
    return set(delay, std::chrono::nanoseconds(0), std::move(job));
  }
  std::unique_ptr<Timer> every(std::chrono::nanoseconds period, std::function<void()> job) override {
    return set(period, period, std::move(job));
  }

  // Runs what has been posted, and what that posts. False: there was nothing.
  bool run() {
    const bool any = !waiting_.empty();
    while (!waiting_.empty()) {
      const auto job = std::move(waiting_.front());
      waiting_.pop_front();
      job();
    }
    return any;
  }

  // As a process that is killed: nothing that was posted or set runs any more.
  void drop() {
    waiting_.clear();
    for (const auto& one : set_) one->cancelled = true;
  }

  // Runs the timers that are due by now, the earliest first, each followed by run().
  void run_due_until(std::chrono::steady_clock::time_point end) {
    while (const auto next = next_before(end)) {
      if (next->due > clock_.now()) clock_.advance(next->due - clock_.now());
      if (next->period.count() > 0)
        next->due += next->period;
      else
        next->cancelled = true;
      const auto job = next->job;
      job();
      run();
    }
  }

 private:
  struct Set {
    std::chrono::steady_clock::time_point due;
    std::chrono::nanoseconds period{};
    std::function<void()> job;
    bool cancelled = false;
  };
  class Handle final : public Timer {
   public:
    explicit Handle(std::shared_ptr<Set> set) : set_(std::move(set)) {}
    ~Handle() override { set_->cancelled = true; }

   private:
    std::shared_ptr<Set> set_;
  };

  std::unique_ptr<Timer> set(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                             std::function<void()> job) {
    auto made =
        std::make_shared<Set>(Set{.due = clock_.now() + delay, .period = period, .job = std::move(job)});
    set_.push_back(made);
    return std::make_unique<Handle>(std::move(made));
  }

  std::shared_ptr<Set> next_before(std::chrono::steady_clock::time_point end) {
    std::erase_if(set_, [](const auto& one) { return one->cancelled; });
    const auto first = std::ranges::min_element(set_, {}, [](const auto& one) { return one->due; });
    return first == set_.end() || (*first)->due > end ? nullptr : *first;
  }

  ManualClock& clock_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::shared_ptr<Set>> set_;
};

}  // namespace gantry::api::testing
