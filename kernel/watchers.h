// Functions that want to hear of something, each for as long as the object lives that it got for it.
//
// Any thread. A function that throws is logged, and keeps no other from being told. Destroying that object
// waits for a call of its function that is under way, unless it is done from within that call. Functions are
// called without a lock of this class's owner, and may add and end watchers.
#pragma once

#include "logging/logger.h"

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gantry::kernel {

class Watchers {
 public:
  explicit Watchers(logging::Logger& log) : log_(log) {}

  [[nodiscard]] std::shared_ptr<void> add(std::function<void()> told) {
    auto watcher = std::make_shared<Watcher>(std::move(told));
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(watchers_, [](const auto& known) { return known.expired(); });
      watchers_.push_back(watcher);
    }
    // The handle is another object than the watcher, so that tell() can hold the watcher past the handle's
    // end.
    return {watcher.get(), [watcher](void*) {
              const std::lock_guard lock(watcher->mutex);
              watcher->told = nullptr;
            }};
  }

  void tell() {
    std::vector<std::shared_ptr<Watcher>> living;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& known : watchers_)
        if (auto watcher = known.lock()) living.push_back(std::move(watcher));
    }
    for (const auto& watcher : living) {
      const std::lock_guard lock(watcher->mutex);
      // A copy, because the call may end its own watcher.
      const auto told = watcher->told;
      if (!told) continue;
      try {
        told();
      } catch (const std::exception& what) {
        log_.error("metadata watcher failed", {{"reason", what.what()}});
      }
    }
  }

 private:
  struct Watcher {
    explicit Watcher(std::function<void()> function) : told(std::move(function)) {}
    std::recursive_mutex mutex;
    std::function<void()> told;  // guarded by mutex; empty: ended
  };

  logging::Logger& log_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<Watcher>> watchers_;  // guarded by mutex_
};

}  // namespace gantry::kernel
