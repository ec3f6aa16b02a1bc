// Who wants to hear that the log, or queues, have grown.
#pragma once

#include "kernel/api/message_store.h"
#include "kernel/api/positions.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace gantry::store {

// Thread: any.
template <class... News>
class WatchersOf {
 public:
  using Told = std::function<void(News...)>;

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

  void tell(News... news) const {
    std::shared_ptr<const List> list;
    {
      const std::lock_guard lock(mutex_);
      list = list_;
    }
    for (const auto& one : *list) {
      if (const auto told = one.lock()) (*told)(news...);
    }
  }

 private:
  using List = std::vector<std::weak_ptr<Told>>;

  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<List>();  // guarded by mutex_; a list never changes
};

using GrownQueues = std::span<const api::GrownQueue>;

struct Watchers {
  WatchersOf<api::LogOffset> of_log;  // told its end
  WatchersOf<GrownQueues> of_queues;

  void tell(api::LogOffset end, GrownQueues queues) const {
    if (!queues.empty()) of_queues.tell(queues);
    of_log.tell(end);
  }
};

}  // namespace gantry::store
