// What a change of the route tables changed: for those who publish routes, and for the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gantry::namesrv {

// One address that came, changed its place or went.
struct BrokerEvent {
  enum class Kind { appeared, replaced, renumbered, gone };
  Kind kind{};
  std::string cluster;
  std::string broker;
  std::int64_t id = 0;
  std::string address;
  std::string before;  // replaced: the address until now; renumbered: the id until now
};

// Calls add to it.
struct Changes {
  std::vector<std::string> topics;  // their routes are others now, or gone; a name may stand here twice
  std::vector<BrokerEvent> brokers;
  std::size_t topics_added = 0;
  std::size_t topics_changed = 0;  // their queues or permissions
  std::size_t topics_removed = 0;

  bool empty() const { return topics.empty() && brokers.empty(); }
};

}  // namespace gantry::namesrv
