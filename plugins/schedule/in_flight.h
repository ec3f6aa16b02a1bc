// How many bursts are with the store that it has not told about: whoever stops waits for them.
//
// Thread: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace gantry::schedule {

class InFlight {
 public:
  // False: no burst begins any more.
  bool begin() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    ++bursts_;
    return true;
  }

  void end() noexcept {
    // Told under the lock: the one who waits may destroy this next.
    const std::lock_guard lock(mutex_);
    --bursts_;
    ended_.notify_all();
  }

  // From now on none begins. False: after `most` some have still not ended.
  bool close(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    closed_ = true;
    return ended_.wait_for(lock, most, [this] { return bursts_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t bursts_ = 0;  // guarded by mutex_, as is closed_
  bool closed_ = false;
};

}  // namespace gantry::schedule
