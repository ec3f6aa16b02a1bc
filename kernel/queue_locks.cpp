#include "kernel/queue_locks.h"

#include <iterator>

namespace gantry::kernel {

QueueLocks::Locked QueueLocks::lock(std::string_view group, std::string_view client,
                                    std::span<const remoting::MessageQueue> wanted) {
  const auto now = clock_.now();
  Locked locked;
  const std::lock_guard guard(mutex_);
  for (const auto& queue : wanted) {
    Lock* lock = find(group, queue);
    if (lock == nullptr || lock->owner->first != client) {
      if (lock != nullptr && now <= lock->until) continue;
      if (!has_room(client) || (lock == nullptr && size_ >= settings_.most)) {
        ++locked.past_limit;
        continue;
      }
      const auto owner = one_more_of(client);
      if (lock == nullptr) {
        lock = &make(group, queue);
      } else {
        one_less_of(lock->owner);
      }
      lock->owner = owner;
    }
    lock->until = now + settings_.lifetime;
    locked.queues.push_back(queue);
  }
  return locked;
}

void QueueLocks::unlock(std::string_view group, std::string_view client,
                        std::span<const remoting::MessageQueue> queues) {
  const std::lock_guard guard(mutex_);
  const auto topics = groups_.find(group);
  if (topics == groups_.end()) return;
  for (const auto& queue : queues) {
    const auto topic = topics->second.find(queue.topic);
    if (topic == topics->second.end()) continue;
    const auto lock = topic->second.find(queue.queue_id);
    if (lock == topic->second.end() || lock->second.owner->first != client) continue;
    one_less_of(lock->second.owner);
    topic->second.erase(lock);
    --size_;
    if (topic->second.empty()) topics->second.erase(topic);
  }
  if (topics->second.empty()) groups_.erase(topics);
}

// A group at a time, so that nobody who asks meanwhile has to wait for all of them.
void QueueLocks::forget_expired() {
  const auto now = clock_.now();
  for (std::string last;;) {
    const std::lock_guard guard(mutex_);
    const auto group = groups_.upper_bound(last);
    if (group == groups_.end()) return;
    last = group->first;
    forget_expired(group->second, now);
    if (group->second.empty()) groups_.erase(group);
  }
}

void QueueLocks::forget_expired(Topics& topics, Time now) {
  for (auto topic = topics.begin(); topic != topics.end();) {
    size_ -= std::erase_if(topic->second, [&](const auto& entry) {
      if (now <= entry.second.until) return false;
      one_less_of(entry.second.owner);
      return true;
    });
    topic = topic->second.empty() ? topics.erase(topic) : std::next(topic);
  }
}

std::size_t QueueLocks::size() const {
  const std::lock_guard guard(mutex_);
  return size_;
}

QueueLocks::Lock* QueueLocks::find(std::string_view group, const remoting::MessageQueue& queue) {
  const auto topics = groups_.find(group);
  if (topics == groups_.end()) return nullptr;
  const auto topic = topics->second.find(queue.topic);
  if (topic == topics->second.end()) return nullptr;
  const auto lock = topic->second.find(queue.queue_id);
  return lock == topic->second.end() ? nullptr : &lock->second;
}

QueueLocks::Lock& QueueLocks::make(std::string_view group, const remoting::MessageQueue& queue) {
  auto topics = groups_.find(group);
  if (topics == groups_.end()) topics = groups_.try_emplace(std::string(group)).first;
  ++size_;
  return topics->second[queue.topic][queue.queue_id];
}

bool QueueLocks::has_room(std::string_view client) const {
  const auto there = clients_.find(client);
  return there == clients_.end() || there->second.held < settings_.most_per_client;
}

QueueLocks::Clients::iterator QueueLocks::one_more_of(std::string_view client) {
  auto there = clients_.find(client);
  if (there == clients_.end()) there = clients_.try_emplace(std::string(client)).first;
  ++there->second.held;
  return there;
}

void QueueLocks::one_less_of(Clients::iterator client) {
  if (--client->second.held == 0) clients_.erase(client);
}

}  // namespace gantry::kernel
