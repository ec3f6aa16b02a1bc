// Counts what still runs, so that an owner can wait until nothing of it does.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace gantry::remoting {

// Any thread.
class Running {
 public:
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  void begin() { count_.fetch_add(1, std::memory_order_relaxed); }

  // Under the lock to its last step: who waits and sees zero may destroy this object at once.
  void end() {
    const std::lock_guard lock(mutex_);
    count_.fetch_sub(1, std::memory_order_relaxed);
    none_.notify_all();
  }

  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count() == 0; });
  }

  // False when the time is up before.
  bool wait_for_none(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, at_most, [this] { return count() == 0; });
  }

 private:
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

}  // namespace gantry::remoting
