// Routes, and what administrators do to them: 105, 106, 205, 216, 327.
#include "namesrv/change_log.h"
#include "namesrv/handlers.h"
#include "namesrv/names.h"
#include "remoting/bodies/route.h"
#include "remoting/headers/name_server.h"

#include <cstdint>
#include <string>

namespace gantry::namesrv {

namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

// The one that clients ask for all day: no lock, no allocation, the bytes as they lie.
void get_route(Serving& serving, Connection& from, const Request& request,
               const remoting::GetRouteInfoRequestHeader& header) {
  const remoting::Slice route = serving.readers[from.io_thread()].find(header.topic);
  if (route.pin != nullptr) return succeed(from, request, {}, route);
  refuse(from, request, ResponseCode::topic_not_exist,
         "No topic route info in name server for the topic: " +
             std::string(header.topic.substr(0, kLongestTopic)));
}

void get_cluster_info(Serving& serving, Connection& from, const Request& request) {
  remoting::ClusterInfo info;
  serving.routes.with([&](const RouteTables& tables) {
    for (const auto& [name, broker] : tables.brokers()) {
      info.broker_addr_table[name] = {broker.addresses, name, broker.cluster};
    }
    for (const auto& [name, members] : tables.clusters()) {
      info.cluster_addr_table[name].assign(members.begin(), members.end());
    }
  });
  const std::string body = remoting::to_json(info);
  succeed(from, request, {}, {body, nullptr});
}

void delete_topic(Serving& serving, Connection& from, const Request& request,
                  const remoting::DeleteTopicInNamesrvRequestHeader& header) {
  const std::string_view cluster = header.cluster_name.value_or("");
  const Changes changes = serving.routes.change([&](RouteTables& tables, Changes& c) {
    cluster.empty() ? tables.delete_topic(header.topic, c) : tables.delete_topic(header.topic, cluster, c);
  });
  log_changes(serving.log, changes, "topic deleted", from.peer());
  succeed(from, request);
}

// Tools print the count, and Apache counts in an int.
std::int32_t set_write_permission(Serving& serving, Connection& from, std::string_view broker,
                                  bool may_write) {
  std::size_t topics = 0;
  const Changes changes = serving.routes.change([&](RouteTables& tables, Changes& c) {
    topics = may_write ? tables.add_write_permission(broker, c) : tables.wipe_write_permission(broker, c);
  });
  serving.log.info(
      may_write ? "write permission added" : "write permission wiped",
      {{"broker", broker}, {"topics", topics}, {"changed", changes.topics_changed}, {"peer", from.peer()}});
  return static_cast<std::int32_t>(topics);
}

}  // namespace

void add_route_handlers(access::RequestTable& table, Serving& serving) {
  table.add<remoting::GetRouteInfoRequestHeader>(
      RequestCode::get_routeinfo_by_topic, Right::open,
      [&serving](Connection& from, const Request& request,
                 const remoting::GetRouteInfoRequestHeader& header) {
        get_route(serving, from, request, header);
      });
  table.add(
      RequestCode::get_broker_cluster_info, Right::inspect,
      [&serving](Connection& from, const Request& request) { get_cluster_info(serving, from, request); });
  table.add<remoting::DeleteTopicInNamesrvRequestHeader>(
      RequestCode::delete_topic_in_namesrv, Right::administer,
      [&serving](Connection& from, const Request& request,
                 const remoting::DeleteTopicInNamesrvRequestHeader& header) {
        delete_topic(serving, from, request, header);
      });
  table.add<remoting::WipeWritePermOfBrokerRequestHeader>(
      RequestCode::wipe_write_perm_of_broker, Right::administer,
      [&serving](Connection& from, const Request& request,
                 const remoting::WipeWritePermOfBrokerRequestHeader& header) {
        succeed(from, request,
                remoting::WipeWritePermOfBrokerResponseHeader{
                    set_write_permission(serving, from, header.broker_name, false)});
      });
  table.add<remoting::AddWritePermOfBrokerRequestHeader>(
      RequestCode::add_write_perm_of_broker, Right::administer,
      [&serving](Connection& from, const Request& request,
                 const remoting::AddWritePermOfBrokerRequestHeader& header) {
        succeed(from, request,
                remoting::AddWritePermOfBrokerResponseHeader{
                    set_write_permission(serving, from, header.broker_name, true)});
      });
}

}  // namespace gantry::namesrv
