// Random lives of a small cluster: few names, so that they meet often.
#pragma once

#include "tests/unit/namesrv/some_broker.h"

#include <cstddef>
#include <ostream>
#include <rapidcheck.h>
#include <string>
#include <vector>

namespace gantry::namesrv {

struct Operation {
  enum class Kind {
    registers,
    unregisters,
    connection_closes,
    time_passes,
    scan,
    topic_deleted,
    topic_deleted_in_cluster,
    permission_wiped,
    permission_added,
    version_asked,
  };
  Kind kind{};
  std::string broker;
  std::string cluster;
  std::string address;
  std::string topic;
  std::int64_t id = 0;
  std::int64_t version = 0;
  ConnectionId connection = 0;
  std::chrono::seconds passes{0};
  std::vector<std::pair<std::string, QueueSettings>> topics;
  std::optional<std::vector<std::string>> filters;

  SomeBroker as_broker() const {
    SomeBroker broker = a_broker(this->broker);
    broker.cluster = cluster;
    broker.id_ = id;
    broker.address = address;
    broker.ha_address = address + "-ha";
    broker.connection = connection;
    broker.version_ = {version, 1700000000000, {}};
    broker.topics = topics;
    broker.filters = filters;
    return broker;
  }
};

inline std::ostream& operator<<(std::ostream& out, const Operation& op) {
  static constexpr const char* kNames[] = {"registers", "unregisters", "connection closes", "time passes",
                                           "scan",      "delete",      "delete in cluster", "wipe",
                                           "add",       "version?"};
  out << kNames[static_cast<std::size_t>(op.kind)] << " " << op.broker << "/" << op.id << " in " << op.cluster
      << " at " << op.address << " topic " << op.topic << " version " << op.version << " connection "
      << op.connection << " seconds " << op.passes.count() << " serving";
  for (const auto& [topic, queues] : op.topics) {
    out << " " << topic << "(" << queues.read_queues << "," << queues.perm << ")";
  }
  return out << (op.filters ? " filters " + std::to_string(op.filters->size()) : " no filters");
}

inline rc::Gen<Operation> any_operation() {
  using rc::gen::element;
  using rc::gen::inRange;
  const auto topic = element<std::string>("t1", "t2", "t3", "t4");
  const auto queues = rc::gen::map(
      rc::gen::pair(inRange(1, 4), inRange(0, 8)),
      [](std::pair<int, int> drawn) { return QueueSettings{drawn.first, drawn.first, drawn.second, 0}; });
  const auto filters = element<std::optional<std::vector<std::string>>>(
      std::nullopt, std::vector<std::string>{}, std::vector<std::string>{"f1"},
      std::vector<std::string>{"f1", "f2"});
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::kind,
                   rc::gen::weightedOneOf<Operation::Kind>(
                       {{4, rc::gen::just(Operation::Kind::registers)},
                        {5, rc::gen::map(inRange(0, 10),
                                         [](int kind) { return static_cast<Operation::Kind>(kind); })}})),
      rc::gen::set(&Operation::broker, element<std::string>("broker-a", "broker-b", "broker-c")),
      rc::gen::set(&Operation::cluster, element<std::string>("c1", "c2")),
      rc::gen::set(&Operation::address, element<std::string>("a:1", "b:1", "c:1", "d:1")),
      rc::gen::set(&Operation::topic, topic), rc::gen::set(&Operation::id, inRange<std::int64_t>(0, 3)),
      rc::gen::set(&Operation::version, inRange<std::int64_t>(1, 4)),
      rc::gen::set(&Operation::connection, inRange<ConnectionId>(1, 4)),
      rc::gen::set(&Operation::passes,
                   rc::gen::map(inRange(0, 90), [](int s) { return std::chrono::seconds(s); })),
      rc::gen::set(&Operation::topics, rc::gen::container<std::vector<std::pair<std::string, QueueSettings>>>(
                                           rc::gen::pair(topic, queues))),
      rc::gen::set(&Operation::filters, filters));
}

// Does it, whatever the answer.
inline void perform(const Operation& op, RouteTables& tables, MovedClock& clock, Changes& changes) {
  using Kind = Operation::Kind;
  switch (op.kind) {
    case Kind::registers:
      return op.as_broker().register_in(tables, clock.now(), changes);
    case Kind::unregisters:
      return tables.unregister_broker(op.broker, op.address, changes);
    case Kind::connection_closes:
      return tables.connection_closed(op.connection, changes);
    case Kind::time_passes:
      return clock.advance(op.passes);
    case Kind::scan:
      tables.expire(clock.now(), std::chrono::minutes(2), changes);
      return;
    case Kind::topic_deleted:
      return tables.delete_topic(op.topic, changes);
    case Kind::topic_deleted_in_cluster:
      return tables.delete_topic(op.topic, op.cluster, changes);
    case Kind::permission_wiped:
      tables.wipe_write_permission(op.broker, changes);
      return;
    case Kind::permission_added:
      tables.add_write_permission(op.broker, changes);
      return;
    case Kind::version_asked:
      tables.differs_or_renew(op.address, {op.version, 1700000000000, {}}, clock.now());
      return;
  }
}

}  // namespace gantry::namesrv
