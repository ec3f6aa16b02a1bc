#include "kernel/client_table.h"

#include "remoting/headers/push.h"

#include <algorithm>
#include <utility>

namespace gantry::kernel {

void ClientTable::heard(remoting::Connection& from, const ClientFacts& client,
                        const remoting::HeartbeatData& said) {
  const std::unique_lock lock(mutex_);
  Client& there = clients_[from.id()];
  there.connection = &from;
  if (there.facts.id != client.id) name(from.id(), there, client);
  there.facts = client;
  there.heard = clock_.now();

  std::set<std::string, std::less<>> produces, consumes;
  for (const auto& producer : said.producer_data_set) produces.insert(producer.group_name);
  for (const auto& consumer : said.consumer_data_set) consumes.insert(consumer.group_name);
  for (const std::string& group : std::set(there.produces))
    if (!produces.contains(group)) leave_producers(there, from.id(), group);
  for (const std::string& group : std::set(there.consumes))
    if (!consumes.contains(group)) leave_consumers(there, from.id(), group);

  for (const std::string& group : produces) {
    there.produces.insert(group);
    producers_[group].insert(from.id());
  }
  for (const auto& consumer : said.consumer_data_set)
    if (join(there, from.id(), consumer)) tell_members(consumer.group_name);
}

bool ClientTable::join(Client& client, ConnectionId id, const remoting::ConsumerData& said) {
  Consumers& group = consumers_[said.group_name];
  group.type = said.consume_type;
  group.model = said.message_model;
  group.from_where = said.consume_from_where;
  client.consumes.insert(said.group_name);
  const bool was_there = newest(group.members, client.facts.id) != kNone;
  group.members.insert(id);
  const bool other_topics = take_subscriptions(group, said.subscription_data_set);
  return !was_there || other_topics;
}

// A newer version of a subscription replaces the older one in silence; members rebalance when topics come or
// go.
bool ClientTable::take_subscriptions(Consumers& group, const std::vector<remoting::SubscriptionData>& said) {
  bool changed = false;
  std::set<std::string_view> topics;
  for (const auto& one : said) {
    topics.insert(one.topic);
    const auto known = group.subscriptions.find(one.topic);
    if (known != group.subscriptions.end() && known->second->sub_version >= one.sub_version) continue;
    changed = changed || known == group.subscriptions.end();
    group.subscriptions[one.topic] = std::make_shared<const remoting::SubscriptionData>(one);
  }
  return std::erase_if(group.subscriptions, [&](const auto& one) { return !topics.contains(one.first); }) >
             0 ||
         changed;
}

void ClientTable::left(const remoting::Connection& from, std::string_view producer_group,
                       std::string_view consumer_group) {
  const std::unique_lock lock(mutex_);
  const auto there = clients_.find(from.id());
  if (there == clients_.end()) return;
  Client& client = there->second;
  if (!producer_group.empty()) leave_producers(client, from.id(), std::string(producer_group));
  if (!consumer_group.empty()) leave_consumers(client, from.id(), std::string(consumer_group));
  if (!client.produces.empty() || !client.consumes.empty()) return;
  unname(from.id(), client);
  clients_.erase(there);
}

void ClientTable::name(ConnectionId id, Client& client, const ClientFacts& facts) {
  unname(id, client);
  by_client_id_[facts.id].insert(id);
}

void ClientTable::unname(ConnectionId id, const Client& client) {
  const auto there = by_client_id_.find(client.facts.id);
  if (there == by_client_id_.end()) return;
  there->second.erase(id);
  if (there->second.empty()) by_client_id_.erase(there);
}

void ClientTable::closed(const remoting::Connection& connection) {
  const std::unique_lock lock(mutex_);
  auto gone = clients_.extract(connection.id());
  if (gone.empty()) return;
  Client& client = gone.mapped();
  unname(connection.id(), client);
  for (const std::string& group : std::set(client.produces)) leave_producers(client, connection.id(), group);
  for (const std::string& group : std::set(client.consumes)) leave_consumers(client, connection.id(), group);
}

void ClientTable::leave_producers(Client& client, ConnectionId id, const std::string& group) {
  client.produces.erase(group);
  const auto there = producers_.find(group);
  if (there == producers_.end()) return;
  there->second.erase(id);
  if (there->second.empty()) producers_.erase(there);
}

void ClientTable::leave_consumers(Client& client, ConnectionId id, const std::string& group) {
  client.consumes.erase(group);
  const auto there = consumers_.find(group);
  if (there == consumers_.end() || there->second.members.erase(id) == 0) return;
  if (there->second.members.empty()) {
    consumers_.erase(there);
  } else if (newest(there->second.members, client.facts.id) == kNone) {
    tell_members(group);
  }
}

void ClientTable::close_silent() {
  const auto now = clock_.now();
  const std::shared_lock lock(mutex_);
  for (const auto& [id, client] : clients_)
    if (now - client.heard > settings_.silence) client.connection->close("no heartbeat");
}

ClientTable::ConnectionId ClientTable::newest(const std::set<ConnectionId>& members,
                                              std::string_view client_id) const {
  const auto named = by_client_id_.find(client_id);
  if (named == by_client_id_.end()) return kNone;
  for (auto id = named->second.rbegin(); id != named->second.rend(); ++id)
    if (members.contains(*id)) return *id;
  return kNone;
}

// Connections that are gone are in no group any more: closed() waits for the lock. Of one client's
// connections the newest is told; what its older ones would carry, nobody may read any more.
void ClientTable::tell_members(const std::string& group) const {
  const remoting::NotifyConsumerIdsChangedRequestHeader header{.consumer_group = group};
  const auto& members = consumers_.find(group)->second.members;
  for (const ConnectionId id : members) {
    const auto member = clients_.find(id);
    if (member == clients_.end() || newest(members, member->second.facts.id) != id) continue;
    member->second.connection->notify(
        {.code = remoting::RequestCode::notify_consumer_ids_changed, .header = header});
  }
}

std::vector<ClientFacts> ClientTable::facts_of(const std::set<ConnectionId>& ids) const {
  std::vector<ClientFacts> all;
  for (const ConnectionId id : ids)
    if (const auto there = clients_.find(id); there != clients_.end()) all.push_back(there->second.facts);
  return all;
}

std::optional<ClientTable::Group> ClientTable::consumer_group(std::string_view group) const {
  const std::shared_lock lock(mutex_);
  const auto there = consumers_.find(group);
  if (there == consumers_.end()) return std::nullopt;
  const Consumers& found = there->second;
  Group told{found.type, found.model, found.from_where, {}, facts_of(found.members)};
  for (const auto& [topic, subscription] : found.subscriptions) told.subscriptions.push_back(subscription);
  return told;
}

std::vector<ClientFacts> ClientTable::producers(std::string_view group) const {
  const std::shared_lock lock(mutex_);
  const auto there = producers_.find(group);
  return there == producers_.end() ? std::vector<ClientFacts>() : facts_of(there->second);
}

std::vector<std::string> ClientTable::consumer_ids(std::string_view group) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> ids;
  const auto there = consumers_.find(group);
  if (there == consumers_.end()) return ids;
  for (auto& facts : facts_of(there->second.members)) ids.push_back(std::move(facts.id));
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

ClientTable::Subscribed ClientTable::subscribed(std::string_view group, std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  const auto there = consumers_.find(group);
  if (there == consumers_.end()) return {};
  const auto found = there->second.subscriptions.find(topic);
  if (found == there->second.subscriptions.end())
    return {Known::no_subscription, there->second.model, nullptr};
  return {Known::yes, there->second.model, found->second};
}

bool ClientTable::ask_producer(std::string_view client_id, const remoting::OutgoingRequest& request,
                               std::chrono::milliseconds timeout,
                               remoting::Connection::ResponseHandler done) const {
  const std::shared_lock lock(mutex_);
  const auto named = by_client_id_.find(client_id);
  if (named == by_client_id_.end()) return false;
  for (auto id = named->second.rbegin(); id != named->second.rend(); ++id) {
    const Client& client = clients_.at(*id);
    if (client.produces.empty()) continue;
    client.connection->request(request, timeout, std::move(done));
    return true;
  }
  return false;
}

std::vector<std::string> ClientTable::groups_for(std::string_view topic) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, group] : consumers_)
    if (group.subscriptions.contains(topic)) names.push_back(name);
  return names;
}

std::size_t ClientTable::connections() const {
  const std::shared_lock lock(mutex_);
  return clients_.size();
}

}  // namespace gantry::kernel
