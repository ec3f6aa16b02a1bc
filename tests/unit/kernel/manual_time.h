// A clock that stands until a test moves it, and an executor and timers that run when the test says so: one
// thread, and every run alike.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace gantry::kernel {

class ManualClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return now_; }
  std::chrono::system_clock::time_point date() const override { return date_; }

  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    date_ += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
  }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  std::chrono::system_clock::time_point date_{std::chrono::hours(24 * 365 * 50)};
};

class ManualExecutor final : public api::Executor {
 public:
  void post(std::function<void()> job) override { jobs_.push_back(std::move(job)); }

  // What is waiting, and what that posts. A test that never comes to rest fails by its time limit.
  void run_all() {
    while (run_one()) continue;
  }
  bool run_one() {
    if (jobs_.empty()) return false;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
    return true;
  }
  std::size_t waiting() const { return jobs_.size(); }

 private:
  std::deque<std::function<void()>> jobs_;
};

class ManualTimers final : public api::Timers {
 public:
  ManualTimers(ManualClock& clock, ManualExecutor& executor) : clock_(clock), executor_(executor) {}

  std::unique_ptr<api::Timer> after(std::chrono::nanoseconds delay, std::function<void()> job) override {
    return add(delay, std::chrono::nanoseconds(0), std::move(job));
  }
  std::unique_ptr<api::Timer> every(std::chrono::nanoseconds period, std::function<void()> job) override {
    return add(period, period, std::move(job));
  }

  // Moves the clock from one due timer to the next, and runs everything that becomes due.
  void advance(std::chrono::nanoseconds by) {
    const auto end = clock_.now() + by;
    executor_.run_all();
    while (!due_.empty() && due_.begin()->first <= end) {
      auto [at, armed] = *due_.begin();
      due_.erase(due_.begin());
      clock_.advance(at - clock_.now());
      const auto alive = armed.lock();
      if (!alive) continue;
      if (alive->period.count() > 0) due_.emplace(at + alive->period, alive);
      executor_.post([armed] {
        if (const auto still = armed.lock()) still->job();
      });
      executor_.run_all();
    }
    clock_.advance(end - clock_.now());
  }

 private:
  struct Armed {
    std::chrono::nanoseconds period;
    std::function<void()> job;
  };
  struct Handle final : api::Timer {
    explicit Handle(std::shared_ptr<Armed> a) : armed(std::move(a)) {}
    std::shared_ptr<Armed> armed;
  };

  std::unique_ptr<api::Timer> add(std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                                  std::function<void()> job) {
    auto armed = std::make_shared<Armed>(Armed{period, std::move(job)});
    due_.emplace(clock_.now() + delay, armed);
    return std::make_unique<Handle>(std::move(armed));
  }

  ManualClock& clock_;
  ManualExecutor& executor_;
  std::multimap<std::chrono::steady_clock::time_point, std::weak_ptr<Armed>> due_;
};

}  // namespace gantry::kernel
