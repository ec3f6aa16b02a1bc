#include "kernel/parked_requests.h"

#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace gantry::kernel {
namespace {

// How much later than its deadline a request may be woken.
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr api::QueueOffset kAnyway{std::numeric_limits<std::int64_t>::max()};
// Before each id that there can be.
constexpr std::pair kFirst{std::chrono::steady_clock::time_point::min(), std::uint64_t{0}};

}  // namespace

void ParkedRequests::watch(api::MessageStore& store) {
  store_ = &store;
  watch_ = store.watch_queues([this](std::span<const api::GrownQueue> queues) { grown(queues); });
}

api::Result<void> ParkedRequests::park(const Place& place, TimePoint until, const Owner& owner, Wake wake) {
  if (stopping_) return api::Refusal{remoting::ResponseCode::service_not_available, "the broker is stopping"};
  if (!take_place(owner.connection))
    return api::Refusal{remoting::ResponseCode::system_busy,
                        std::to_string(settings_.most_of_one()) +
                            " requests of this connection wait for messages already, a tenth of what all may "
                            "have (max_parked_pulls)"};
  if (count_.fetch_add(1, std::memory_order_relaxed) >= settings_.most) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    give_back_place(owner.connection);
    return api::Refusal{
        remoting::ResponseCode::system_busy,
        std::to_string(settings_.most) + " requests wait for messages already (max_parked_pulls)"};
  }
  {
    Share& share = share_of({place.topic, place.queue});
    const Id id{until, next_.fetch_add(1, std::memory_order_relaxed)};
    const std::lock_guard lock(share.mutex);
    const Parked& parked =
        share.parked
            .emplace(id, Parked{std::string(place.topic), place.queue, place.wants, owner, std::move(wake)})
            .first->second;
    share.by_queue.insert({parked.topic, parked.queue, id});
    if (owner.connection != kNobody) share.by_connection.emplace(owner.connection, id);
  }
  if (!armed_.exchange(true)) arm();
  // It may have grown, or everything have been woken, before this one was there to be found. With the fences
  // either this one sees the queue's new end, or who made it longer sees this one.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const auto range = store_ ? store_->range(place.topic, place.queue) : std::nullopt;
  if (stopping_ || (range && range->end > place.wants)) this->wake(place.topic, place.queue);
  return {};
}

// A flat map, so that who comes and goes with one request at a time costs no allocation.
bool ParkedRequests::take_place(std::uint64_t connection) {
  if (connection == kNobody) return true;
  Owners& owners = owners_of(connection);
  const std::lock_guard lock(owners.mutex);
  std::size_t& parked = owners.parked[connection];
  if (parked >= settings_.most_of_one()) return false;
  ++parked;
  return true;
}

void ParkedRequests::give_back_place(std::uint64_t connection) {
  if (connection == kNobody) return;
  Owners& owners = owners_of(connection);
  const std::lock_guard lock(owners.mutex);
  const auto mine = owners.parked.find(connection);
  if (--mine->second == 0) owners.parked.erase(mine);
}

ParkedRequests::Parked ParkedRequests::take(Share& share, std::map<Id, Parked>::iterator which) {
  const auto& [id, parked] = *which;
  share.by_queue.erase({parked.topic, parked.queue, id});
  if (parked.owner.connection != kNobody) {
    share.by_connection.erase({parked.owner.connection, id});
    give_back_place(parked.owner.connection);
  }
  Parked taken = std::move(which->second);
  share.parked.erase(which);
  count_.fetch_sub(1, std::memory_order_relaxed);
  return taken;
}

void ParkedRequests::take_grown(Share& share, const QueueKey& key, api::QueueOffset end,
                                std::vector<Parked>& to) {
  auto it = share.by_queue.lower_bound({key.topic, key.queue, kFirst});
  while (it != share.by_queue.end() && QueueKey{it->topic, it->queue} == key) {
    const auto which = share.parked.find((it++)->id);
    if (which->second.wants < end) to.push_back(take(share, which));
  }
}

void ParkedRequests::grown(std::span<const api::GrownQueue> queues) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (count() == 0) return;
  std::vector<Parked> woken;
  for (const auto& [topic, queue, end] : queues) {
    const QueueKey key{topic, queue};
    Share& share = share_of(key);
    const std::lock_guard lock(share.mutex);
    take_grown(share, key, end, woken);
  }
  wake_all(woken, api::Woken::messages);
}

void ParkedRequests::wake(std::string_view topic, api::QueueId queue) {
  std::vector<Parked> woken;
  {
    const QueueKey key{topic, queue};
    Share& share = share_of(key);
    const std::lock_guard lock(share.mutex);
    take_grown(share, key, kAnyway, woken);
  }
  wake_all(woken, stopping_ ? api::Woken::stopping : api::Woken::messages);
}

void ParkedRequests::wake_all(std::vector<Parked>& parked, api::Woken why) {
  for (Parked& one : parked)
    parts_.post(one.owner.io_thread, [wake = std::move(one.wake), why] { wake(why); });
}

void ParkedRequests::closed(std::uint64_t connection) {
  if (count() == 0) return;
  for (Share& share : shares_) {
    std::vector<Parked> dropped;  // destroyed without the lock
    const std::lock_guard lock(share.mutex);
    auto it = share.by_connection.lower_bound({connection, kFirst});
    while (it != share.by_connection.end() && it->first == connection)
      dropped.push_back(take(share, share.parked.find((it++)->second)));
  }
}

void ParkedRequests::stop() {
  stopping_ = true;
  std::vector<Parked> woken;
  for (Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    while (!share.parked.empty()) woken.push_back(take(share, share.parked.begin()));
  }
  wake_all(woken, api::Woken::stopping);
  const std::lock_guard lock(timer_mutex_);
  timer_.reset();
}

void ParkedRequests::arm() {
  const std::lock_guard lock(timer_mutex_);
  if (!stopping_) timer_ = parts_.timers.after(kLook, [this] { look_at_deadlines(); });
}

void ParkedRequests::look_at_deadlines() {
  const auto now = parts_.clock.now();
  std::vector<Parked> late;
  for (Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    while (!share.parked.empty() && share.parked.begin()->first.first <= now)
      late.push_back(take(share, share.parked.begin()));
  }
  wake_all(late, api::Woken::time_up);
  // Nobody there, nothing to look at: the next one that is parked begins it again.
  armed_ = false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (count() > 0 && !armed_.exchange(true)) arm();
}

}  // namespace gantry::kernel
