// Who wants to hear that the log has grown.
#pragma once

#include "kernel/api/positions.h"

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gantry::store {

// Thread: any.
class Watchers {
 public:
  using Told = std::function<void(api::LogOffset end)>;

  // Until the returned object is destroyed; a call that has begun by then is not waited for.
  [[nodiscard]] std::shared_ptr<void> add(Told told) {
    auto added = std::make_shared<Told>(std::move(told));
    const std::lock_guard lock(mutex_);
    auto next = std::make_shared<List>();
    for (const auto& one : *list_) {
      if (!one.expired()) next->push_back(one);
    }
    next->push_back(added);
    list_ = std::move(next);
    return added;
  }

  void tell(api::LogOffset end) const {
    std::shared_ptr<const List> list;
    {
      const std::lock_guard lock(mutex_);
      list = list_;
    }
    for (const auto& one : *list) {
      if (const auto told = one.lock()) (*told)(end);
    }
  }

 private:
  using List = std::vector<std::weak_ptr<Told>>;

  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<List>();  // guarded by mutex_; a list never changes
};

}  // namespace gantry::store
