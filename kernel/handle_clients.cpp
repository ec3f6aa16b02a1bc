// What clients say about themselves: 34, 35, 38, 46, and the ends of their connections.
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "remoting/bodies/check_client.h"
#include "remoting/bodies/consumer_list.h"
#include "remoting/headers/client.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

// Each may make a group, and a topic for its retries. A process has a few; one that works for hundreds of
// others, as a gateway does, stays far below.
constexpr std::size_t kMostGroupsOfClient = 1000;

// Empty: all of them can be.
std::string why_no_heartbeat(const remoting::HeartbeatData& said) {
  if (said.client_id.empty()) return "clientID is missing or empty";
  const std::size_t groups = said.consumer_data_set.size() + said.producer_data_set.size();
  if (groups > kMostGroupsOfClient)
    return "it names " + std::to_string(groups) + " groups of consumers and producers, and " +
           std::to_string(kMostGroupsOfClient) + " are allowed";
  for (const auto& consumer : said.consumer_data_set)
    if (auto name = api::GroupName::parse(consumer.group_name); !name) return name.error().text;
  for (const auto& producer : said.producer_data_set)
    if (auto name = api::GroupName::parse(producer.group_name); !name) return name.error().text;
  return {};
}

// The group's settings, and the topic of its retries: consumers look for its route right away. Those of a
// group whose retry topic's name would be too long have none.
void prepare_group(Serving& serving, const remoting::ConsumerData& said) {
  const auto group = find_or_make_group(serving, said.group_name);
  if (!group || said.message_model == remoting::MessageModel::broadcasting) return;
  if ((*group)->retry_queues <= 0) return;
  serving.topic_maker.make_retry_or_dlq(std::string(kRetryTopicPrefix) + said.group_name,
                                        (*group)->retry_queues, [](const auto&) {});
}

void heartbeat(Serving& serving, Connection& from, const Request& request) {
  std::string text(request.body);
  remoting::HeartbeatData said;
  if (const auto read = read_json(text, said); !read)
    return refuse(from, request, ResponseCode::system_error, "heartbeat: " + read.error().str());
  if (const std::string why = why_no_heartbeat(said); !why.empty())
    return refuse(from, request, ResponseCode::system_error, "heartbeat: " + why);
  for (const auto& consumer : said.consumer_data_set) prepare_group(serving, consumer);
  serving.clients.heard(from,
                        {.id = said.client_id,
                         .address = std::string(from.peer()),
                         .language = request.command.language,
                         .version = request.command.version},
                        said);
  succeed(from, request);
}

void unregister(Serving& serving, Connection& from, const Request& request,
                const remoting::UnregisterClientRequestHeader& header) {
  serving.clients.left(from, header.producer_group.value_or(""), header.consumer_group.value_or(""));
  succeed(from, request);
}

// Never a part of them, and never none: a client that does not find itself in it gives up its queues.
void list_consumers(Serving& serving, Connection& from, const Request& request,
                    const remoting::GetConsumerListByGroupRequestHeader& header) {
  const remoting::GetConsumerListByGroupResponseBody list{
      serving.clients.consumer_ids(header.consumer_group)};
  if (list.consumer_id_list.empty())
    return refuse(from, request, ResponseCode::system_error,
                  "no consumer for this group, " + named(header.consumer_group));
  succeed(from, request, {}, {to_json(list), nullptr});
}

// Whether that subscription could be served.
void check_client(Serving& serving, Connection& from, const Request& request) {
  std::string text(request.body);
  remoting::CheckClientRequestBody asked;
  if (const auto read = read_json(text, asked); !read)
    return refuse(from, request, ResponseCode::system_error, "check of a client: " + read.error().str());
  const auto& wanted = asked.subscription_data;
  const auto filter =
      serving.filters.find(wanted.expression_type, {asked.group, wanted.topic, wanted.sub_string});
  if (filter) return succeed(from, request);
  refuse(from, request, filter.error());
}

}  // namespace

void add_client_handlers(access::RequestTable& table, Serving& serving) {
  table.add(RequestCode::heart_beat, Right::open,
            [&serving](Connection& from, const Request& request) { heartbeat(serving, from, request); });
  table.add<remoting::UnregisterClientRequestHeader>(
      RequestCode::unregister_client, Right::open,
      [&serving](Connection& from, const Request& request,
                 const remoting::UnregisterClientRequestHeader& header) {
        unregister(serving, from, request, header);
      });
  table.add<remoting::GetConsumerListByGroupRequestHeader>(
      RequestCode::get_consumer_list_by_group, Right::consume,
      [&serving](Connection& from, const Request& request,
                 const remoting::GetConsumerListByGroupRequestHeader& header) {
        list_consumers(serving, from, request, header);
      });
  table.add(RequestCode::check_client_config, Right::consume,
            [&serving](Connection& from, const Request& request) { check_client(serving, from, request); });
  table.at_close([&serving](Connection& connection) { serving.clients.closed(connection); });
}

}  // namespace gantry::kernel
