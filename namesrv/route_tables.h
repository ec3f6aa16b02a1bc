// What the name server knows: which broker serves which topic, at which addresses, and whether it lives.
//
// Five tables: topic -> broker name -> queues; broker name -> addresses by id; cluster -> broker names;
// address -> liveness; address -> filter servers. Pure logic: time comes in with each call, nothing is
// read, written or encoded here. Not thread-safe: Routes holds the one instance and its lock.
//
// An address is one process: it stands for one id of one broker name, and an id has one address. Every way
// in which it goes (unregistered, silent for too long, connection closed, replaced by another address, come
// back under another name) takes it out of all five tables. A broker name without addresses leaves its
// clusters and every topic; a topic that no broker serves goes too.
#pragma once

#include "namesrv/registration.h"
#include "namesrv/route_changes.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gantry::namesrv {

using TimePoint = std::chrono::steady_clock::time_point;
// Frozen: wire.
inline constexpr std::int32_t kPermWrite = 2;
inline constexpr std::int32_t kPermReadWrite = 6;
inline constexpr std::int32_t kSysFlagUnit = 1;
inline constexpr std::int32_t kSysFlagUnitSub = 2;

// What a registered slave is told; empty for masters, and while no master is known.
struct MasterAddresses {
  std::string address;
  std::string ha_address;
};

class RouteTables {
 public:
  struct Broker {
    std::string name;
    std::string cluster;                            // the one it was first registered in
    std::map<std::int64_t, std::string> addresses;  // by broker id; never empty
  };
  struct TopicOnBroker {
    const Broker* broker;
    QueueSettings queues;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
  using Topic = std::vector<TopicOnBroker>;  // by broker name; never empty
  using Topics = ByText<Topic>;
  using Brokers = std::map<std::string, Broker, std::less<>>;
  using Clusters = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;
  struct Expired {
    std::string address;
    ConnectionId connection;
  };

  // The cheap case: the same process says the same as last time, and that counts as life. False:
  // register_broker() has to look at the body. A body without fingerprint is never the same.
  bool renew(const Registration& from, TimePoint now);

  // Topics are taken over from masters only, and only when the version differs from the one before or the
  // address is new in its place. Topics that the body does not name stay.
  void register_broker(const Registration& from, const RegistrationBody& body, TimePoint now,
                       Changes& changes);

  // Takes `address` out if it is `broker`'s; a late farewell under another name touches nobody.
  void unregister_broker(std::string_view broker, std::string_view address, Changes& changes);

  // Takes out every address that registered through this connection last.
  void connection_closed(ConnectionId connection, Changes& changes);

  // Takes out what has been silent for longer than `expiry`, and says whose connections to close.
  std::vector<Expired> expire(TimePoint now, std::chrono::milliseconds expiry, Changes& changes);

  void delete_topic(std::string_view topic, Changes& changes);
  void delete_topic(std::string_view topic, std::string_view cluster, Changes& changes);

  // Both count the broker's topics, changed or not; an unknown broker has none. The next registration
  // with another version restores what the broker says.
  std::size_t wipe_write_permission(std::string_view broker, Changes& changes);
  std::size_t add_write_permission(std::string_view broker, Changes& changes);

  // Whether `version` is another than the address registered with; if it is the same, that counts as life.
  bool differs_or_renew(std::string_view address, const DataVersion& version, TimePoint now);
  std::optional<DataVersion> version_of(std::string_view address) const;
  MasterAddresses master_for(std::string_view broker, std::int64_t id) const;

  // Views for those who list and encode; valid until the next change.
  const Topic* find_topic(std::string_view topic) const;  // nullptr: no broker serves it
  const std::vector<std::string>* find_filter_servers(std::string_view address) const;  // nullptr: none
  const Topics& topics() const { return topics_; }
  const Brokers& brokers() const { return brokers_; }
  const Clusters& clusters() const { return clusters_; }
  const ByText<std::vector<std::string>>& filter_servers() const { return filter_servers_; }
  std::size_t live_addresses() const { return live_.size(); }

  // Invariant: each address of each broker is live under that name and id, and no other is; each broker
  // name is in a cluster and each cluster's names are brokers; topics name known brokers, in order; filter
  // servers belong to live addresses; nothing is empty. A breach throws std::logic_error.
  void check_invariants() const;

 private:
  struct Live {
    Broker* broker = nullptr;
    std::int64_t id = kMasterId;
    std::string ha_address;
    DataVersion version;
    BodyFingerprint body;
    ConnectionId connection = 0;
    TimePoint seen;
  };

  void leave_other_place(const Registration& from, Changes& changes);
  bool take_place(Broker& broker, const Registration& from, Changes& changes);
  bool set_filter_servers(std::string_view address, std::span<const std::string> servers);
  bool set_queues(const Broker& broker, const TopicQueues& topic, Changes& changes);
  std::size_t set_permissions(std::string_view broker, bool writable, Changes& changes);
  void drop(ByText<Live>::iterator address, Changes& changes);
  void drop_broker(Broker& broker, Changes& changes);
  void mark_topics_of(const Broker& broker, Changes& changes) const;

  Topics topics_;
  Brokers brokers_;
  Clusters clusters_;
  ByText<Live> live_;
  ByText<std::vector<std::string>> filter_servers_;
};

}  // namespace gantry::namesrv
