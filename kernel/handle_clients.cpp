// What clients say about themselves: 34, 35, 38, 46, and the ends of their connections.
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "kernel/tag_filter.h"
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

constexpr std::string_view kRetryPrefix = "%RETRY%";

// Empty: all of them can be.
std::string why_no_heartbeat(const remoting::HeartbeatData& said) {
  if (said.client_id.empty()) return "clientID is missing or empty";
  for (const auto& consumer : said.consumer_data_set)
    if (auto name = api::GroupName::parse(consumer.group_name); !name) return name.error().text;
  for (const auto& producer : said.producer_data_set)
    if (auto name = api::GroupName::parse(producer.group_name); !name) return name.error().text;
  return {};
}

template <class Name>
api::Completion<void> or_logged(Serving& serving, std::string what, const Name& name) {
  return api::Completion<void>(
      [&log = serving.log, what = std::move(what), name = name.str()](const auto& outcome) {
        if (!outcome) log.error(what, {{"name", name}, {"reason", outcome.error().text}});
      });
}

// The group's settings, and the topic of its retries: consumers look for its route right away. Those of a
// group whose retry topic's name would be too long have none.
void prepare_group(Serving& serving, const remoting::ConsumerData& said) {
  const auto name = api::GroupName::parse(said.group_name).value();
  auto group = serving.groups.find(name.str());
  if (!group) {
    if (!serving.auto_create_groups) return;
    serving.groups.put({.name = name}, or_logged(serving, "group cannot be made", name));
  }
  if (said.message_model == remoting::MessageModel::broadcasting) return;
  const auto topic = api::TopicName::parse(std::string(kRetryPrefix) + name.str());
  if (!topic || serving.topics.find(topic->str())) return;
  const std::int32_t queues = group ? group->retry_queues : api::Group{.name = name}.retry_queues;
  if (queues <= 0) return;
  serving.topics.put({.name = *topic, .read_queues = queues, .write_queues = queues},
                     or_logged(serving, "retry topic cannot be made", *topic));
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
                  "no consumer for this group, " + std::string(header.consumer_group));
  succeed(from, request, {}, {to_json(list), nullptr});
}

// Whether that subscription could be served.
void check_client(Serving& serving, Connection& from, const Request& request) {
  std::string text(request.body);
  remoting::CheckClientRequestBody asked;
  if (const auto read = read_json(text, asked); !read)
    return refuse(from, request, ResponseCode::system_error, "check of a client: " + read.error().str());
  const auto& wanted = asked.subscription_data;
  if (wanted.expression_type.empty() || wanted.expression_type == "TAG") return succeed(from, request);
  for (const auto& [by, language] : serving.extensions.filter_languages()) {
    if (language->name() != wanted.expression_type) continue;
    std::optional<api::Result<std::shared_ptr<const api::Filter>>> compiled;
    const auto thrown = by->guard("compile", [&, asked_language = language] {
      compiled = asked_language->compile({asked.group, wanted.topic, wanted.sub_string});
    });
    if (thrown)
      return refuse(from, request, ResponseCode::system_error,
                    "plugin " + by->plugin() + " failed: " + *thrown);
    if (!*compiled)
      return refuse(from, request, ResponseCode::subscription_parse_failed, compiled->error().text);
    return succeed(from, request);
  }
  refuse(from, request, ResponseCode::system_error,
         "The broker does not support consumer to filter message by " + wanted.expression_type);
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
