// Administration of groups, and who of them is connected: 43, 200, 201, 203, 204, 207.
#include "kernel/apache_config.h"
#include "kernel/api/names.h"
#include "kernel/group_table.h"
#include "kernel/handlers.h"
#include "kernel/refusals.h"
#include "remoting/bodies/connections.h"
#include "remoting/bodies/offsets.h"
#include "remoting/bodies/subscription_group.h"
#include "remoting/headers/groups.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using Turn = GroupTurns::Turn;

// --- 200

api::Result<api::Group> wanted_group(const Serving& serving, std::string_view body) {
  std::string text(body);
  remoting::SubscriptionGroupConfig said;
  if (const auto read = remoting::read_json(std::span<char>(text), said); !read)
    return api::Refusal{.text = "consumer group: " + read.error().str()};
  auto group = from_wire(said);
  const std::int32_t most = serving.config.max_topic_queues;
  if (group && (group->retry_queues < 0 || group->retry_queues > most))
    return api::Refusal{.text = "group " + group->name.str() + " cannot have " +
                                std::to_string(group->retry_queues) + " retry queues: 0 to " +
                                std::to_string(most) + " are allowed (max_topic_queues)"};
  return group;
}

void update_group(Serving& serving, Connection& from, const Request& request) {
  if (refused_by_slave(serving, from, request)) return;
  auto wanted = wanted_group(serving, request.body);
  if (!wanted) return refuse(from, request, wanted.error());
  const auto to = share_answer(from, request);
  const std::string name = wanted->name.str();
  serving.group_turns.change(name, [&serving, to, group = std::move(*wanted),
                                    by = std::string(from.peer())](const Turn& turn) {
    const auto there = serving.groups.find(group.name);
    if (there && *there == group) return to->answer({});
    Places<api::Groups>::Place place;
    if (!there) {
      auto free = serving.group_turns.places().take();
      if (!free)
        return refuse(*to, {.text = "group " + group.name.str() + " cannot be made: " + free.error().text});
      place = *std::move(free);
    }
    serving.groups.put(group, api::Completion<void>([&serving, to, name = group.name, by, turn,
                                                     place](const api::Result<void>& outcome) mutable {
                         place.reset();
                         if (!outcome) return refuse(*to, outcome.error());
                         serving.log.info("group set", {{"name", name}, {"by", by}});
                         to->answer({});
                       }));
  });
}

// --- 207

// Who is connected stays so, and a group may come again with its next consumer.
void delete_group(Serving& serving, Connection& from, const Request& request,
                  const remoting::DeleteSubscriptionGroupRequestHeader& header) {
  if (refused_by_slave(serving, from, request)) return;
  const auto parsed = api::GroupName::parse(header.group_name);
  if (!parsed) return refuse(from, request, parsed.error());
  const auto to = share_answer(from, request);
  const auto deleted = [&serving, to, name = *parsed,
                        by = std::string(from.peer())](const api::Result<void>& outcome) {
    if (!outcome) return refuse(*to, outcome.error());
    serving.log.info("group deleted", {{"name", name}, {"by", by}});
    to->answer({});
  };
  serving.group_turns.change(*parsed, [&serving, deleted, name = *parsed,
                                       forget = header.remove_offset](const Turn& turn) {
    serving.groups.remove(
        name,
        api::Completion<void>([&serving, deleted, name, forget, turn](const api::Result<void>& outcome) {
          if (!outcome || !forget) return deleted(outcome);
          serving.offsets.forget_group(name);
          serving.save_offsets(api::Completion<void>([deleted, turn](const auto& saved) { deleted(saved); }));
        }));
  });
}

// --- 201, 43

void list_all_groups(Serving& serving, Connection& from, const Request& request) {
  remoting::SubscriptionGroupWrapper all;
  // The version first: whoever has this one asks again after the next change.
  const auto version = serving.groups.version();
  all.data_version = {.counter = version.counter, .timestamp = version.changed_at};
  for (const auto& group : serving.groups.all())
    all.subscription_group_table.emplace(group->name.str(), to_wire(*group));
  succeed(from, request, {}, {to_json(all), nullptr});
}

// How far delayed delivery is, is no consumer's offset to Apache.
void list_all_offsets(Serving& serving, Connection& from, const Request& request) {
  remoting::ConsumerOffsetSerializeWrapper all;
  for (const auto& group : serving.offsets.groups()) {
    for (const auto& topic : serving.offsets.topics_of(group)) {
      if (group.view() == kScheduleGroup && topic.view() == kScheduleTopic) continue;
      auto& queues = all.offset_table[topic.str() + "@" + group.str()];
      for (const auto& [queue, offset] : serving.offsets.committed(group, topic))
        queues.emplace(number(queue), offset.value);
    }
  }
  succeed(from, request, {}, {to_json(all), nullptr});
}

// --- 203, 204

std::vector<remoting::ClientConnection> connections_of(const std::vector<ClientFacts>& clients) {
  std::vector<remoting::ClientConnection> all;
  all.reserve(clients.size());
  for (const ClientFacts& client : clients)
    all.push_back({.client_addr = client.address,
                   .client_id = client.id,
                   .language = std::string(name_of(client.language)),
                   .version = client.version});
  return all;
}

void list_consumer_connections(Serving& serving, Connection& from, const Request& request,
                               const remoting::GetConsumerConnectionListRequestHeader& header) {
  const auto group = serving.clients.consumer_group(header.consumer_group);
  if (!group)
    return refuse(from, request, ResponseCode::consumer_not_online,
                  "the consumer group[" + named(header.consumer_group) + "] not online");
  remoting::ConsumerConnection told{.connection_set = connections_of(group->members),
                                    .consume_from_where = group->from_where,
                                    .consume_type = group->type,
                                    .message_model = group->model};
  for (const auto& subscription : group->subscriptions)
    told.subscription_table.emplace(subscription->topic, *subscription);
  succeed(from, request, {}, {to_json(told), nullptr});
}

void list_producer_connections(Serving& serving, Connection& from, const Request& request,
                               const remoting::GetProducerConnectionListRequestHeader& header) {
  const remoting::ProducerConnection told{connections_of(serving.clients.producers(header.producer_group))};
  if (told.connection_set.empty())
    return refuse(from, request, ResponseCode::system_error,
                  "the producer group[" + named(header.producer_group) + "] not exist");
  succeed(from, request, {}, {to_json(told), nullptr});
}

}  // namespace

void add_group_handlers(access::RequestTable& table, Serving& serving) {
  const auto with = [&serving](auto handler) {
    return [&serving, handler](Connection& from, const Request& request, const auto&... header) {
      handler(serving, from, request, header...);
    };
  };
  table.add(RequestCode::update_and_create_subscriptiongroup, Right::administer, with(update_group));
  table.add<remoting::DeleteSubscriptionGroupRequestHeader>(RequestCode::delete_subscriptiongroup,
                                                            Right::administer, with(delete_group));
  table.add(RequestCode::get_all_subscriptiongroup_config, Right::inspect, with(list_all_groups));
  table.add(RequestCode::get_all_consumer_offset, Right::inspect, with(list_all_offsets));
  table.add<remoting::GetConsumerConnectionListRequestHeader>(
      RequestCode::get_consumer_connection_list, Right::inspect, with(list_consumer_connections));
  table.add<remoting::GetProducerConnectionListRequestHeader>(
      RequestCode::get_producer_connection_list, Right::inspect, with(list_producer_connections));
}

}  // namespace gantry::kernel
