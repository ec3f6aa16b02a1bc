// The tables against a second writing of their rules, as naive as can be: every table is a flat list of
// facts and every rule a scan over them.
#include "namesrv/route_tables.h"
#include "tests/unit/namesrv/random_operations.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::namesrv {
namespace {

constexpr std::chrono::seconds kExpiry{120};

using Facts = std::set<std::tuple<std::string, std::string, std::string>>;

struct Model {
  struct Process {
    std::string address, broker;
    std::int64_t id, version;
    ConnectionId connection;
    TimePoint seen;
  };
  struct Row {
    std::string topic, broker;
    QueueSettings queues;
  };
  std::vector<Process> processes;
  std::vector<Row> rows;
  std::set<std::pair<std::string, std::string>> members;  // cluster, broker
  std::map<std::string, std::string> first_cluster;       // by broker
  std::map<std::string, std::vector<std::string>> filters;

  const Process* at(const std::string& address) const {
    for (const auto& process : processes) {
      if (process.address == address) return &process;
    }
    return nullptr;
  }

  bool has(const std::string& broker) const {
    return std::ranges::any_of(processes, [&](const auto& p) { return p.broker == broker; });
  }

  // Whatever happened to the processes: what follows from it for everything else.
  void settle() {
    std::erase_if(rows, [&](const Row& row) { return !has(row.broker); });
    std::erase_if(members, [&](const auto& member) { return !has(member.second); });
    std::erase_if(first_cluster, [&](const auto& entry) { return !has(entry.first); });
    std::erase_if(filters, [&](const auto& entry) { return at(entry.first) == nullptr; });
  }

  void registers(const Operation& op, TimePoint now) {
    const Process* before = at(op.address);
    const bool moved_in = before == nullptr || before->broker != op.broker || before->id != op.id;
    const bool other_version =
        before == nullptr || before->broker != op.broker || before->version != op.version;
    if (before != nullptr && before->broker != op.broker) filters.erase(op.address);
    std::erase_if(processes, [&](const Process& p) {
      return p.address == op.address || (p.broker == op.broker && p.id == op.id);
    });
    processes.push_back({op.address, op.broker, op.id, op.version, op.connection, now});
    settle();
    members.emplace(op.cluster, op.broker);
    first_cluster.emplace(op.broker, op.cluster);
    if (op.filters) {
      filters.erase(op.address);
      if (!op.filters->empty()) filters[op.address] = *op.filters;
    }
    if (op.id == 0 && (moved_in || other_version)) {
      for (const auto& [topic, queues] : op.topics) {
        std::erase_if(rows, [&](const Row& row) { return row.topic == topic && row.broker == op.broker; });
        rows.push_back({topic, op.broker, queues});
      }
    }
  }

  template <class Which>
  void remove(Which which) {
    std::erase_if(processes, which);
    settle();
  }

  std::size_t set_permission(const std::string& broker, bool add) {
    std::size_t count = 0;
    for (auto& row : rows) {
      if (row.broker != broker) continue;
      row.queues.perm = add ? 6 : row.queues.perm & 5;
      ++count;
    }
    return count;
  }
};

// Does one operation on both and compares what they answer.
void apply(const Operation& op, Model& model, RouteTables& tables, MovedClock& clock, Changes& changes) {
  switch (op.kind) {
    case Operation::Kind::registers:
      model.registers(op, clock.now());
      return op.as_broker().register_in(tables, clock.now(), changes);
    case Operation::Kind::unregisters:
      model.remove([&](const auto& p) { return p.address == op.address && p.broker == op.broker; });
      return tables.unregister_broker(op.broker, op.address, changes);
    case Operation::Kind::connection_closes:
      model.remove([&](const auto& p) { return p.connection == op.connection; });
      return tables.connection_closed(op.connection, changes);
    case Operation::Kind::time_passes:
      return clock.advance(op.passes);
    case Operation::Kind::scan: {
      const auto late = [&](const auto& p) { return clock.now() - p.seen > kExpiry; };
      std::set<std::pair<std::string, ConnectionId>> expected;
      std::set<std::pair<std::string, ConnectionId>> expired;
      for (const auto& p : model.processes) {
        if (late(p)) expected.emplace(p.address, p.connection);
      }
      model.remove(late);
      for (const auto& e : tables.expire(clock.now(), kExpiry, changes))
        expired.emplace(e.address, e.connection);
      RC_ASSERT(expired == expected);
      return;
    }
    case Operation::Kind::topic_deleted:
      std::erase_if(model.rows, [&](const auto& row) { return row.topic == op.topic; });
      return tables.delete_topic(op.topic, changes);
    case Operation::Kind::topic_deleted_in_cluster:
      std::erase_if(model.rows, [&](const auto& row) {
        return row.topic == op.topic && model.members.contains({op.cluster, row.broker});
      });
      return tables.delete_topic(op.topic, op.cluster, changes);
    case Operation::Kind::permission_wiped:
      RC_ASSERT(tables.wipe_write_permission(op.broker, changes) == model.set_permission(op.broker, false));
      return;
    case Operation::Kind::permission_added:
      RC_ASSERT(tables.add_write_permission(op.broker, changes) == model.set_permission(op.broker, true));
      return;
    case Operation::Kind::version_asked: {
      bool same = false;
      for (auto& p : model.processes) {
        if (p.address != op.address || p.version != op.version) continue;
        same = true;
        p.seen = clock.now();
      }
      const DataVersion version{op.version, 1700000000000, {}};
      RC_ASSERT(tables.differs_or_renew(op.address, version, clock.now()) == !same);
      return;
    }
  }
}

std::string text(const QueueSettings& q) {
  return std::to_string(q.read_queues) + "," + std::to_string(q.write_queues) + "," + std::to_string(q.perm);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += part + ";";
  return all;
}

Facts facts_of(const Model& model) {
  Facts facts;
  for (const auto& p : model.processes)
    facts.emplace("process", p.broker + "/" + std::to_string(p.id), p.address);
  for (const auto& row : model.rows) facts.emplace(row.topic, row.broker, text(row.queues));
  for (const auto& [broker, cluster] : model.first_cluster) facts.emplace("first cluster", broker, cluster);
  for (const auto& [cluster, broker] : model.members) facts.emplace("member", cluster, broker);
  for (const auto& [address, servers] : model.filters) facts.emplace("filters", address, joined(servers));
  return facts;
}

Facts facts_of(const RouteTables& tables) {
  Facts facts;
  for (const auto& [name, broker] : tables.brokers()) {
    facts.emplace("first cluster", name, broker.cluster);
    for (const auto& [id, address] : broker.addresses) {
      facts.emplace("process", name + "/" + std::to_string(id), address);
    }
  }
  for (const auto& [topic, brokers] : tables.topics()) {
    for (const auto& entry : brokers) facts.emplace(topic, entry.broker->name, text(entry.queues));
  }
  for (const auto& [cluster, members] : tables.clusters()) {
    for (const auto& broker : members) facts.emplace("member", cluster, broker);
  }
  for (const auto& [address, servers] : tables.filter_servers()) {
    facts.emplace("filters", address, joined(servers));
  }
  return facts;
}

// What a route is made of, for every topic: it may change only where the tables say so.
std::map<std::string, Facts> routes_of(const RouteTables& tables) {
  std::map<std::string, Facts> routes;
  for (const auto& [topic, brokers] : tables.topics()) {
    Facts& route = routes[topic];
    for (const auto& entry : brokers) {
      route.emplace(entry.broker->name, entry.broker->cluster, text(entry.queues));
      for (const auto& [id, address] : entry.broker->addresses) {
        const auto* servers = tables.find_filter_servers(address);
        route.emplace(entry.broker->name + "/" + std::to_string(id), address,
                      servers ? joined(*servers) : "");
      }
    }
  }
  return routes;
}

RC_GTEST_PROP(RouteTablesModel, agrees_with_the_tables_after_any_sequence, ()) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  Model model;
  RouteTables tables;
  MovedClock clock;
  for (const Operation& op : operations) {
    const auto before = routes_of(tables);
    Changes changes;
    apply(op, model, tables, clock, changes);
    tables.check_invariants();
    RC_ASSERT(facts_of(tables) == facts_of(model));
    RC_ASSERT(tables.live_addresses() == model.processes.size());

    const std::set<std::string> named(changes.topics.begin(), changes.topics.end());
    const auto after = routes_of(tables);
    for (const std::string topic : {"t1", "t2", "t3", "t4"}) {
      const auto was = before.find(topic);
      const auto is = after.find(topic);
      const bool same =
          (was == before.end()) == (is == after.end()) && (was == before.end() || was->second == is->second);
      RC_ASSERT(same || named.contains(topic));
    }
  }
}

}  // namespace
}  // namespace gantry::namesrv
