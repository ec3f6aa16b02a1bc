// Work that shall not be done here and now: a plugin's executor and its timers.
//
// Each plugin has one Executor. Its jobs run one after the other, never two at once, on the broker's
// background threads: what only they touch needs no lock. A job may wait for the disk; other plugins' jobs go
// on meanwhile. What a job throws is caught, counted and logged with the plugin's name. After the plugin's
// stop() none runs any more.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace gantry::api {

class Executor {
 public:
  virtual ~Executor() = default;

  // Any thread; returns at once. In the order of the calls. Dropped without a word once the plugin has
  // stopped. What a job holds must be copyable: a Responder or a Completion goes into a std::shared_ptr.
  virtual void post(std::function<void()> job) = 0;
};

// A timer's life: destroying it cancels it. On the plugin's executor that is exact: the job does not run any
// more. Elsewhere a job that has just begun is not waited for.
class Timer {
 public:
  virtual ~Timer() = default;
};

// Any thread. Jobs run on the plugin's executor.
class Timers {
 public:
  virtual ~Timers() = default;

  [[nodiscard]] virtual std::unique_ptr<Timer> after(std::chrono::nanoseconds delay,
                                                     std::function<void()> job) = 0;

  // First after one `period`. A job that takes longer than a period delays the next one; none is made up for.
  [[nodiscard]] virtual std::unique_ptr<Timer> every(std::chrono::nanoseconds period,
                                                     std::function<void()> job) = 0;
};

}  // namespace gantry::api
