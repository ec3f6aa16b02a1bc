// A broker as tests tell of it: a_broker("broker-a").at("10.0.0.1:10911").serving("orders").
#pragma once

#include "namesrv/route_tables.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::namesrv {

inline constexpr QueueSettings kEightQueues{8, 8, 6, 0};

// A time that only tests move.
class MovedClock {
 public:
  TimePoint now() const { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

struct SomeBroker {
  std::string name;
  std::string cluster = "c1";
  std::int64_t id_ = kMasterId;
  std::string address = "10.0.0.1:10911";
  std::string ha_address = "10.0.0.1:10912";
  ConnectionId connection = 1;
  DataVersion version_{1, 1700000000000, {}};
  BodyFingerprint body;
  std::vector<std::pair<std::string, QueueSettings>> topics;
  std::optional<std::vector<std::string>> filters = std::vector<std::string>{};

  SomeBroker at(std::string where) && {
    return set([&](auto& b) { b.address = std::move(where); });
  }
  SomeBroker id(std::int64_t number) && {
    return set([&](auto& b) { b.id_ = number; });
  }
  SomeBroker in(std::string which) && {
    return set([&](auto& b) { b.cluster = std::move(which); });
  }
  SomeBroker over(ConnectionId which) && {
    return set([&](auto& b) { b.connection = which; });
  }
  SomeBroker version(std::int64_t counter) && {
    return set([&](auto& b) { b.version_.counter = counter; });
  }
  SomeBroker print(std::uint64_t hash) && {
    return set([&](auto& b) { b.body = {hash, 100}; });
  }
  SomeBroker serving(std::string topic, QueueSettings queues = kEightQueues) && {
    return set([&](auto& b) { b.topics.emplace_back(std::move(topic), queues); });
  }
  SomeBroker filter_servers(std::optional<std::vector<std::string>> servers) && {
    return set([&](auto& b) { b.filters = std::move(servers); });
  }

  Registration registration() const { return {cluster, name, id_, address, ha_address, connection, body}; }

  void register_in(RouteTables& tables, TimePoint now, Changes& changes) const {
    std::vector<TopicQueues> said;
    said.reserve(topics.size());
    for (const auto& [topic, queues] : topics) said.push_back({topic, queues});
    tables.register_broker(registration(), {version_, said, filters}, now, changes);
    tables.check_invariants();
  }

 private:
  template <class Set>
  SomeBroker set(Set change) {
    change(*this);
    return std::move(*this);
  }
};

inline SomeBroker a_broker(std::string name) {
  SomeBroker broker;
  broker.name = std::move(name);
  return broker;
}

}  // namespace gantry::namesrv
