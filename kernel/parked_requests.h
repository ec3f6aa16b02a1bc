// Requests that wait for messages: pulls, and what plugins park. They cost no thread; the append that makes a
// queue grow wakes them, or their time.
//
// There are `most` places, and one connection has a tenth of them at most, so that no client can take those
// of all others. A request for which there is none is refused at once, whichever of the two has run out:
// whoever pulls is told that there is nothing, and asks again as soon as it likes. The places of all are for
// ten connections with as many as they may have, or for plugins, which have no limit of their own.
//
// Thread: any. What wakes runs on the I/O thread that was said when it was parked.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"
#include "kernel/api/message_store.h"
#include "kernel/api/names.h"
#include "kernel/api/parking.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace gantry::kernel {

class ParkedRequests final : public api::Parking {
 public:
  using Wake = std::function<void(api::Woken)>;
  struct Settings {
    std::size_t most = 100'000;
    std::size_t most_of_one() const { return std::max<std::size_t>(most / 10, 1); }  // of one connection
  };
  // All of it outlives this object; `post` runs a job on the I/O thread of that index.
  struct Parts {
    const api::Clock& clock;
    api::Timers& timers;
    std::function<void(std::size_t io_thread, std::function<void()> job)> post;
  };
  ParkedRequests(Parts parts, Settings settings) : parts_(std::move(parts)), settings_(settings) {}

  // Once there is a store. Until the object is destroyed, before the store.
  void watch(api::MessageStore& store);

  api::Result<void> park(std::string_view topic, api::QueueId queue, api::QueueOffset wants,
                         std::chrono::steady_clock::time_point until, std::size_t io_thread,
                         Wake wake) override {
    return park({topic, queue, wants}, until, {kNobody, io_thread}, std::move(wake));
  }
  void wake(std::string_view topic, api::QueueId queue) override;

  struct Place {
    std::string_view topic;
    api::QueueId queue{};
    api::QueueOffset wants;  // woken when the queue's end is beyond it
  };
  struct Owner {
    std::uint64_t connection = 0;
    std::size_t io_thread = 0;
  };
  // The same, for a connection: when it ends, `wake` is dropped and never called.
  api::Result<void> park(const Place& place, std::chrono::steady_clock::time_point until, const Owner& owner,
                         Wake wake);
  void closed(std::uint64_t connection);

  // The broker drains: all are woken, and nothing can be parked any more.
  void stop();

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t kNobody = 0;  // no connection has this number
  using TimePoint = std::chrono::steady_clock::time_point;
  using Id = std::pair<TimePoint, std::uint64_t>;  // by deadline

  struct Parked {
    std::string topic;
    api::QueueId queue{};
    api::QueueOffset wants;
    Owner owner;
    Wake wake;
  };
  struct QueueKey {
    std::string_view topic;
    api::QueueId queue{};
    bool operator==(const QueueKey&) const = default;
  };
  struct QueueHash {
    std::size_t operator()(const QueueKey& key) const {
      return api::NameHash{}(key.topic) * 31 + static_cast<std::size_t>(key.queue);
    }
  };
  // Ordered with the id in the key: one of the thousands that a queue or a connection may have is found, and
  // forgotten, without a look at the others. A multimap would have to be searched for it.
  struct AtQueue {
    std::string_view topic;  // of the Parked
    api::QueueId queue{};
    Id id;
    auto operator<=>(const AtQueue&) const = default;
  };
  using AtConnection = std::pair<std::uint64_t, Id>;
  // How many each connection has in all shares; one with none is not in it. Its lock is the last that is
  // taken.
  struct Owners {
    std::mutex mutex;
    boost::unordered_flat_map<std::uint64_t, std::size_t> parked;
  };
  // A share of the queues.
  struct Share {
    std::mutex mutex;
    std::map<Id, Parked> parked;
    std::set<AtQueue> by_queue;
    std::set<AtConnection> by_connection;
  };

  Share& share_of(const QueueKey& key) { return shares_[QueueHash{}(key) % shares_.size()]; }
  Owners& owners_of(std::uint64_t connection) { return owners_[connection % owners_.size()]; }
  // True: it has a place, until it is given back.
  bool take_place(std::uint64_t connection);
  void give_back_place(std::uint64_t connection);
  // With the share's lock held.
  Parked take(Share& share, std::map<Id, Parked>::iterator which);
  void take_grown(Share& share, const QueueKey& key, api::QueueOffset end, std::vector<Parked>& to);

  void grown(std::span<const api::GrownQueue> queues);
  void wake_all(std::vector<Parked>& parked, api::Woken why);
  void look_at_deadlines();
  void arm();

  const Parts parts_;
  const Settings settings_;
  std::array<Share, 32> shares_;
  std::array<Owners, 32> owners_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> armed_{false};
  api::MessageStore* store_ = nullptr;

  std::mutex timer_mutex_;
  std::unique_ptr<api::Timer> timer_;  // guarded by timer_mutex_
  std::shared_ptr<void> watch_;        // last: ends first
};

}  // namespace gantry::kernel
