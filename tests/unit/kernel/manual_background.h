// Plugins' jobs on the test's own thread: they run when the test says so, timers when it moves the time.
#pragma once

#include "kernel/background.h"
#include "tests/unit/kernel/manual_clock.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace gantry::kernel {

class ManualBackground final : public Background {
 public:
  explicit ManualBackground(ManualClock& clock) : clock_(clock) {}

  // All jobs that wait, and those that they post.
  void run_jobs() {
    while (!jobs_.empty()) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
  }

  // Moves the time, from one due timer to the next.
  void advance(std::chrono::nanoseconds by) {
    const auto end = clock_.now() + by;
    run_jobs();
    for (auto due = timers_.begin(); due != timers_.end() && due->first <= end; due = timers_.begin()) {
      clock_.advance(std::max(due->first - clock_.now(), std::chrono::nanoseconds::zero()));
      auto job = std::move(due->second);
      timers_.erase(due);
      job();
      run_jobs();
    }
    clock_.advance(end - clock_.now());
  }

  std::unique_ptr<PluginJobs> for_plugin(PluginBoundary& plugin) override {
    return std::make_unique<Jobs>(*this, plugin);
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  class Jobs final : public PluginJobs, public api::Executor, public api::Timers {
   public:
    Jobs(ManualBackground& all, PluginBoundary& plugin) : all_(all), plugin_(plugin) {}

    api::Executor& executor() override { return *this; }
    api::Timers& timers() override { return *this; }
    void close() override { *closed_ = true; }

    void post(std::function<void()> job) override {
      if (*closed_) return;
      all_.jobs_.emplace_back([this, closed = closed_, job = std::move(job)] {
        if (!*closed) plugin_.guard("job", job);
      });
    }
    std::unique_ptr<api::Timer> after(std::chrono::nanoseconds delay, std::function<void()> job) override {
      return arm(delay, std::nullopt, std::move(job));
    }
    std::unique_ptr<api::Timer> every(std::chrono::nanoseconds period, std::function<void()> job) override {
      return arm(period, period, std::move(job));
    }

   private:
    struct Armed final : api::Timer {
      explicit Armed(std::shared_ptr<bool> flag) : alive(std::move(flag)) {}
      ~Armed() override { *alive = false; }
      std::shared_ptr<bool> alive;
    };

    std::unique_ptr<api::Timer> arm(std::chrono::nanoseconds in,
                                    std::optional<std::chrono::nanoseconds> period,
                                    std::function<void()> job) {
      auto alive = std::make_shared<bool>(true);
      wait(alive, all_.clock_.now() + in, period, std::move(job));
      return std::make_unique<Armed>(std::move(alive));
    }

    void wait(std::shared_ptr<bool> alive, TimePoint due, std::optional<std::chrono::nanoseconds> period,
              std::function<void()> job) {
      all_.timers_.emplace(due, [this, closed = closed_, alive, due, period, job] {
        if (*closed || !*alive) return;
        post([alive, job] {
          if (*alive) job();
        });
        if (period) wait(alive, due + *period, period, job);
      });
    }

    ManualBackground& all_;
    PluginBoundary& plugin_;
    std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
  };

  ManualClock& clock_;
  std::deque<std::function<void()>> jobs_;
  std::multimap<TimePoint, std::function<void()>> timers_;
};

}  // namespace gantry::kernel
