// Which client of a group has a queue to itself: what keeps ordered consumption in order while consumers come
// and go.
//
// A lock is a client id's, for one queue and one group. It ends when the client gives it back, or when it has
// not renewed it for a while; clients renew every 20 s. It outlives the client's connection, so that no other
// consumer begins while the first one still works on what it has. Nothing of it is on disk: after a restart
// the first to ask has it.
//
// Thread: any.
#pragma once

#include "kernel/api/clock.h"
#include "remoting/bodies/message_queue.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

class QueueLocks {
 public:
  struct Settings {
    std::chrono::milliseconds lifetime = std::chrono::seconds(60);  // after it was last renewed
    std::size_t most_per_client = 20'000;
    std::size_t most = 500'000;  // of all clients
  };
  // `clock` outlives it.
  QueueLocks(const api::Clock& clock, Settings settings) : clock_(clock), settings_(settings) {}

  struct Locked {
    std::vector<remoting::MessageQueue>
        queues;                  // of those asked for, in their order, what the client has now
    std::size_t past_limit = 0;  // free, and not given because there are too many locks
  };
  // Takes or renews. Queues are those of this broker: their broker names are not looked at.
  Locked lock(std::string_view group, std::string_view client,
              std::span<const remoting::MessageQueue> wanted);
  // Gives back; a queue that is not the client's stays as it is.
  void unlock(std::string_view group, std::string_view client,
              std::span<const remoting::MessageQueue> queues);

  // Locks whose time is over, which nobody else has taken. For a timer: what is gone for good is forgotten.
  void forget_expired();

  std::size_t size() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Client {
    std::size_t held = 0;
  };
  using Clients = std::map<std::string, Client, std::less<>>;
  struct Lock {
    Clients::iterator owner;
    Time until;
  };
  using Queues = std::map<std::int32_t, Lock>;
  using Topics = std::map<std::string, Queues, std::less<>>;

  // All of them with the mutex held.
  Lock* find(std::string_view group, const remoting::MessageQueue& queue);
  Lock& make(std::string_view group, const remoting::MessageQueue& queue);
  bool has_room(std::string_view client) const;
  Clients::iterator one_more_of(std::string_view client);
  void one_less_of(Clients::iterator client);
  void forget_expired(Topics& topics, Time now);

  const api::Clock& clock_;
  const Settings settings_;
  mutable std::mutex mutex_;                           // guards what follows
  std::map<std::string, Topics, std::less<>> groups_;  // none of it is empty
  Clients clients_;                                    // those that have a lock
  std::size_t size_ = 0;
};

}  // namespace gantry::kernel
