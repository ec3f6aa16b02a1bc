// What is to be done at which time, and the thread that does it when the time has come. Internal to
// kernel/background.h.
#pragma once

#include "kernel/api/clock.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace gantry::kernel {

// Thread: any. `due` functions run on the queue's own thread and must not wait; they may add and remove.
class TimerQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit TimerQueue(const api::Clock& clock);
  ~TimerQueue();  // what has not come due is dropped
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  struct Id {
    TimePoint when;
    std::uint64_t number = 0;
    auto operator<=>(const Id&) const = default;
  };
  Id add(TimePoint when, std::function<void()> due);

  // One that has come due may be running, or have run: then this does nothing.
  void remove(const Id& id);

 private:
  void run();

  const api::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> waiting_;  // guarded by mutex_, as the rest
  std::uint64_t next_number_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace gantry::kernel
