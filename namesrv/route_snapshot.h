// All routes at one moment, each as the bytes of its answer. Immutable: writers make the next one and
// publish it, readers of any number share one without a lock.
//
// Topics lie in shards, and a shard's entries are shared too: the next snapshot copies the shards that
// changed and of those only pointers, so that one topic among ten thousand costs microseconds.
#pragma once

#include "remoting/slice.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::namesrv {

using RouteBytes = std::shared_ptr<const std::string>;

class RouteSnapshot {
 public:
  struct Update {
    std::string topic;
    RouteBytes route;  // null: the topic has none any more
  };

  // The answer's bytes, which live as long as the snapshot; nullptr when the topic has no route.
  const std::string* find(std::string_view topic) const;

  // The snapshot that follows from this one. No topic may stand in two updates.
  std::shared_ptr<const RouteSnapshot> with(std::vector<Update> updates) const;

  std::size_t size() const;

 private:
  static constexpr std::size_t kShardBits = 8;

  struct Node {
    std::string topic;
    RouteBytes route;
  };
  struct Entry {
    std::size_t hash;
    std::shared_ptr<const Node> node;
  };
  using Shard = std::vector<Entry>;  // by hash, then topic

  static std::size_t hash_of(std::string_view topic);
  static std::size_t shard_of(std::size_t hash);
  static std::shared_ptr<const Shard> merged(const Shard* old, std::vector<Entry> updates);

  std::array<std::shared_ptr<const Shard>, std::size_t{1} << kShardBits> shards_;  // null: empty
};

// Hands the newest snapshot from writers to readers.
// Thread: any; publish() by one at a time, which the lock of the tables sees to.
class RoutePublisher {
 public:
  RoutePublisher() : latest_(std::make_shared<const RouteSnapshot>()) {}

  void publish(std::shared_ptr<const RouteSnapshot> next);
  std::shared_ptr<const RouteSnapshot> latest(std::uint64_t* version = nullptr) const;
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RouteSnapshot> latest_;
  std::atomic<std::uint64_t> version_{0};
};

// One I/O thread's view of the published routes. While nothing is published, looking up writes to no
// memory that another thread reads: the pin's counter is this reader's own.
// Thread: its I/O thread only. The publisher outlives it; slices outlive both.
class alignas(64) RouteReader {
 public:
  explicit RouteReader(const RoutePublisher& from) : from_(&from) {}

  // No bytes: the topic has no route.
  remoting::Slice find(std::string_view topic);

  // Lets go of an outdated snapshot, as find() does: for a thread that nobody asks for routes.
  void refresh();

 private:
  const RoutePublisher* from_;
  std::uint64_t seen_ = ~std::uint64_t{0};
  std::shared_ptr<const std::shared_ptr<const RouteSnapshot>> held_;
};

}  // namespace gantry::namesrv
