#include "namesrv/route_tables.h"

#include <algorithm>
#include <stdexcept>

namespace gantry::namesrv {

namespace {

// Where `broker` is in the topic's list, or where it would be.
template <class List>
auto place_of(List& topic, std::string_view broker) {
  return std::lower_bound(topic.begin(), topic.end(), broker, [](const auto& entry, std::string_view name) {
    return std::string_view(entry.broker->name) < name;
  });
}

template <class List>
auto find_broker(List& topic, std::string_view broker) {
  const auto at = place_of(topic, broker);
  return at != topic.end() && at->broker->name == broker ? at : topic.end();
}

BrokerEvent event(BrokerEvent::Kind kind, const RouteTables::Broker& broker, std::int64_t id,
                  std::string_view address, std::string before = {}) {
  return {kind, broker.cluster, broker.name, id, std::string(address), std::move(before)};
}

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("route tables: ") + what);
}

}  // namespace

bool RouteTables::renew(const Registration& from, TimePoint now) {
  if (from.body == BodyFingerprint{}) return false;
  const auto at = live_.find(from.address);
  if (at == live_.end()) return false;
  Live& live = at->second;
  if (live.body != from.body || live.id != from.id || live.broker->name != from.broker ||
      live.ha_address != from.ha_address) {
    return false;
  }
  const auto cluster = clusters_.find(from.cluster);
  if (cluster == clusters_.end() || !cluster->second.contains(from.broker)) return false;
  live.connection = from.connection;
  live.seen = now;
  return true;
}

void RouteTables::register_broker(const Registration& from, const RegistrationBody& body, TimePoint now,
                                  Changes& changes) {
  leave_other_place(from, changes);
  Broker& broker = brokers_
                       .try_emplace(std::string(from.broker),
                                    Broker{std::string(from.broker), std::string(from.cluster), {}})
                       .first->second;
  clusters_[std::string(from.cluster)].emplace(from.broker);

  const bool placed = take_place(broker, from, changes);
  const auto [at, is_new] = live_.try_emplace(std::string(from.address));
  Live& live = at->second;
  const bool version_changed = is_new || live.version != body.version;
  live = {&broker, from.id, std::string(from.ha_address), body.version, from.body, from.connection, now};

  const bool routes_moved =
      (body.filter_servers && set_filter_servers(from.address, *body.filter_servers)) || placed;
  if (from.id == kMasterId && (version_changed || placed)) {
    for (const TopicQueues& topic : body.topics) {
      if (set_queues(broker, topic, changes) && !routes_moved) changes.topics.emplace_back(topic.topic);
    }
  }
  if (routes_moved) mark_topics_of(broker, changes);
}

// The same process under another broker name, or under another id: what it was until now, it is no more.
// Within one name its topics must not go in between, so only the id is given up there.
void RouteTables::leave_other_place(const Registration& from, Changes& changes) {
  const auto at = live_.find(from.address);
  if (at == live_.end()) return;
  const Live& live = at->second;
  if (live.broker->name != from.broker) {
    drop(at, changes);
  } else if (live.id != from.id) {
    live.broker->addresses.erase(live.id);
    changes.brokers.push_back(
        event(BrokerEvent::Kind::renumbered, *live.broker, from.id, from.address, std::to_string(live.id)));
  }
}

// True when the broker's addresses are others than before.
bool RouteTables::take_place(Broker& broker, const Registration& from, Changes& changes) {
  const auto [slot, is_new] = broker.addresses.try_emplace(from.id, from.address);
  if (!is_new && slot->second == from.address) return false;
  if (!is_new) {
    std::string before = std::exchange(slot->second, std::string(from.address));
    live_.erase(before);
    filter_servers_.erase(before);
    changes.brokers.push_back(
        event(BrokerEvent::Kind::replaced, broker, from.id, from.address, std::move(before)));
  } else if (!live_.contains(from.address)) {
    changes.brokers.push_back(event(BrokerEvent::Kind::appeared, broker, from.id, from.address));
  }
  return true;
}

bool RouteTables::set_filter_servers(std::string_view address, std::span<const std::string> servers) {
  const auto at = filter_servers_.find(address);
  if (servers.empty()) {
    if (at == filter_servers_.end()) return false;
    filter_servers_.erase(at);
    return true;
  }
  if (at != filter_servers_.end() && std::ranges::equal(at->second, servers)) return false;
  filter_servers_.insert_or_assign(std::string(address),
                                   std::vector<std::string>(servers.begin(), servers.end()));
  return true;
}

// True when the topic's route is another now.
bool RouteTables::set_queues(const Broker& broker, const TopicQueues& topic, Changes& changes) {
  auto found = topics_.find(topic.topic);
  if (found == topics_.end()) {
    found = topics_.emplace(topic.topic, Topic{}).first;
    ++changes.topics_added;
  }
  Topic& brokers = found->second;
  const auto at = place_of(brokers, broker.name);
  if (at == brokers.end() || at->broker != &broker) {
    if (!brokers.empty()) ++changes.topics_changed;
    brokers.insert(at, {&broker, topic.queues});
    return true;
  }
  if (at->queues == topic.queues) return false;
  at->queues = topic.queues;
  ++changes.topics_changed;
  return true;
}

void RouteTables::unregister_broker(std::string_view broker, std::string_view address, Changes& changes) {
  const auto at = live_.find(address);
  if (at != live_.end() && at->second.broker->name == broker) drop(at, changes);
}

void RouteTables::connection_closed(ConnectionId connection, Changes& changes) {
  for (auto at = live_.begin(); at != live_.end();) {
    const auto here = at++;
    if (here->second.connection == connection) drop(here, changes);
  }
}

std::vector<RouteTables::Expired> RouteTables::expire(TimePoint now, std::chrono::milliseconds expiry,
                                                      Changes& changes) {
  std::vector<Expired> expired;
  for (auto at = live_.begin(); at != live_.end();) {
    const auto here = at++;
    if (now - here->second.seen <= expiry) continue;
    expired.push_back({here->first, here->second.connection});
    drop(here, changes);
  }
  return expired;
}

// The only way out for an address.
void RouteTables::drop(ByText<Live>::iterator address, Changes& changes) {
  Broker& broker = *address->second.broker;
  const std::int64_t id = address->second.id;
  changes.brokers.push_back(event(BrokerEvent::Kind::gone, broker, id, address->first));
  broker.addresses.erase(id);
  filter_servers_.erase(address->first);
  live_.erase(address);
  if (broker.addresses.empty()) {
    drop_broker(broker, changes);
  } else {
    mark_topics_of(broker, changes);
  }
}

void RouteTables::drop_broker(Broker& broker, Changes& changes) {
  for (auto cluster = clusters_.begin(); cluster != clusters_.end();) {
    const auto here = cluster++;
    here->second.erase(broker.name);
    if (here->second.empty()) clusters_.erase(here);
  }
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    const auto here = topic++;
    const auto at = find_broker(here->second, broker.name);
    if (at == here->second.end()) continue;
    changes.topics.push_back(here->first);
    here->second.erase(at);
    if (!here->second.empty()) continue;
    topics_.erase(here);
    ++changes.topics_removed;
  }
  brokers_.erase(brokers_.find(broker.name));
}

void RouteTables::mark_topics_of(const Broker& broker, Changes& changes) const {
  for (const auto& [name, brokers] : topics_) {
    if (find_broker(brokers, broker.name) != brokers.end()) changes.topics.push_back(name);
  }
}

void RouteTables::delete_topic(std::string_view topic, Changes& changes) {
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return;
  topics_.erase(at);
  ++changes.topics_removed;
  changes.topics.emplace_back(topic);
}

void RouteTables::delete_topic(std::string_view topic, std::string_view cluster, Changes& changes) {
  const auto at = topics_.find(topic);
  const auto members = clusters_.find(cluster);
  if (at == topics_.end() || members == clusters_.end()) return;
  const std::size_t before = at->second.size();
  std::erase_if(at->second,
                [&](const TopicOnBroker& entry) { return members->second.contains(entry.broker->name); });
  if (at->second.size() == before) return;
  changes.topics.emplace_back(topic);
  if (!at->second.empty()) {
    ++changes.topics_changed;
    return;
  }
  topics_.erase(at);
  ++changes.topics_removed;
}

std::size_t RouteTables::wipe_write_permission(std::string_view broker, Changes& changes) {
  return set_permissions(broker, false, changes);
}

std::size_t RouteTables::add_write_permission(std::string_view broker, Changes& changes) {
  return set_permissions(broker, true, changes);
}

// Wiping takes one bit, adding sets read and write and drops all else: so the tools have always seen it.
std::size_t RouteTables::set_permissions(std::string_view broker, bool writable, Changes& changes) {
  std::size_t topics = 0;
  for (auto& [name, brokers] : topics_) {
    const auto at = find_broker(brokers, broker);
    if (at == brokers.end()) continue;
    ++topics;
    const std::int32_t perm = writable ? kPermReadWrite : at->queues.perm & ~kPermWrite;
    if (std::exchange(at->queues.perm, perm) == perm) continue;
    ++changes.topics_changed;
    changes.topics.push_back(name);
  }
  return topics;
}

bool RouteTables::differs_or_renew(std::string_view address, const DataVersion& version, TimePoint now) {
  const auto at = live_.find(address);
  if (at == live_.end() || at->second.version != version) return true;
  at->second.seen = now;
  return false;
}

std::optional<DataVersion> RouteTables::version_of(std::string_view address) const {
  const auto at = live_.find(address);
  if (at == live_.end()) return std::nullopt;
  return at->second.version;
}

MasterAddresses RouteTables::master_for(std::string_view broker, std::int64_t id) const {
  if (id == kMasterId) return {};
  const auto at = brokers_.find(broker);
  if (at == brokers_.end()) return {};
  const auto master = at->second.addresses.find(kMasterId);
  if (master == at->second.addresses.end()) return {};
  return {master->second, live_.find(master->second)->second.ha_address};
}

const RouteTables::Topic* RouteTables::find_topic(std::string_view topic) const {
  const auto at = topics_.find(topic);
  return at == topics_.end() ? nullptr : &at->second;
}

const std::vector<std::string>* RouteTables::find_filter_servers(std::string_view address) const {
  const auto at = filter_servers_.find(address);
  return at == filter_servers_.end() ? nullptr : &at->second;
}

void RouteTables::check_invariants() const {
  std::size_t addresses = 0;
  for (const auto& [name, broker] : brokers_) {
    require(broker.name == name && !broker.addresses.empty(), "a broker without address");
    for (const auto& [id, address] : broker.addresses) {
      const auto live = live_.find(address);
      require(live != live_.end() && live->second.broker == &broker && live->second.id == id,
              "an address that is not live under its broker and id");
      ++addresses;
    }
    require(std::ranges::any_of(clusters_, [&name = name](const auto& c) { return c.second.contains(name); }),
            "a broker in no cluster");
  }
  require(addresses == live_.size(), "a live address that no broker has");
  for (const auto& [name, members] : clusters_) {
    require(!members.empty(), "a cluster without brokers");
    for (const auto& broker : members) require(brokers_.contains(broker), "a cluster with an unknown broker");
  }
  for (const auto& [name, brokers] : topics_) {
    require(!brokers.empty(), "a topic without brokers");
    for (const auto& entry : brokers) {
      const auto known =
          std::ranges::any_of(brokers_, [&](const auto& b) { return &b.second == entry.broker; });
      require(known, "a topic on an unknown broker");
    }
    require(std::ranges::is_sorted(brokers, std::less<>{}, [](const auto& e) { return e.broker->name; }),
            "a topic's brokers out of order");
  }
  for (const auto& [address, servers] : filter_servers_) {
    require(live_.contains(address) && !servers.empty(), "filter servers of an address that is not live");
  }
}

}  // namespace gantry::namesrv
