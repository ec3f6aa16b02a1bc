#include "kernel/timer_queue.h"

namespace gantry::kernel {

TimerQueue::TimerQueue(const api::Clock& clock) : clock_(clock), thread_([this] { run(); }) {
}

TimerQueue::~TimerQueue() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

TimerQueue::Id TimerQueue::add(TimePoint when, std::function<void()> due) {
  const std::lock_guard lock(mutex_);
  const Id id{when, next_number_++};
  const auto added = waiting_.emplace(id, std::move(due)).first;
  if (added == waiting_.begin()) changed_.notify_all();
  return id;
}

void TimerQueue::remove(const Id& id) {
  std::function<void()> dropped;  // after the lock: what it holds may have timers of its own
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  dropped = std::move(found->second);
  waiting_.erase(found);
}

void TimerQueue::run() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = waiting_.begin();
    if (const auto when = first->first.when; clock_.now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    auto due = std::move(first->second);
    waiting_.erase(first);
    lock.unlock();
    due();
    due = nullptr;
    lock.lock();
  }
}

}  // namespace gantry::kernel
