// Lists of names: 206, 224, 304, 311, 312, 313.
#include "namesrv/handlers.h"
#include "remoting/bodies/topic_list.h"
#include "remoting/headers/name_server.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace gantry::namesrv {

namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::TopicList;

void answer_with(Connection& to, const Request& request, TopicList list) {
  std::ranges::sort(list.topic_list);
  const std::string body = remoting::to_json(list);
  succeed(to, request, {}, {body, nullptr});
}

// `wanted(const RouteTables::Topic&)` says which.
template <class Wanted>
void list_topics(Serving& serving, Connection& from, const Request& request, Wanted wanted) {
  TopicList list;
  serving.routes.with([&](const RouteTables& tables) {
    for (const auto& [name, brokers] : tables.topics()) {
      if (wanted(brokers)) list.topic_list.push_back(name);
    }
  });
  answer_with(from, request, std::move(list));
}

// An unknown cluster has no topics: that is no error for Apache's tools either.
void list_topics_of_cluster(Serving& serving, Connection& from, const Request& request,
                            const remoting::GetTopicsByClusterRequestHeader& header) {
  TopicList list;
  serving.routes.with([&](const RouteTables& tables) {
    const auto cluster = tables.clusters().find(header.cluster);
    if (cluster == tables.clusters().end()) return;
    for (const auto& [name, brokers] : tables.topics()) {
      const bool there = std::ranges::any_of(
          brokers, [&](const auto& entry) { return cluster->second.contains(entry.broker->name); });
      if (there) list.topic_list.push_back(name);
    }
  });
  answer_with(from, request, std::move(list));
}

// Each cluster and each broker has a topic of its name. The address is some broker's, of which tools ask the
// rest.
void list_system_topics(Serving& serving, Connection& from, const Request& request) {
  TopicList list;
  serving.routes.with([&](const RouteTables& tables) {
    std::set<std::string> names;
    for (const auto& [cluster, members] : tables.clusters()) {
      names.insert(cluster);
      names.insert(members.begin(), members.end());
    }
    list.topic_list.assign(names.begin(), names.end());
    if (!tables.brokers().empty())
      list.broker_addr = tables.brokers().begin()->second.addresses.begin()->second;
  });
  answer_with(from, request, std::move(list));
}

// What a topic's flags are: those of its first broker, as Apache looks at no more than one.
std::int32_t flags_of(const RouteTables::Topic& brokers) {
  return brokers.front().queues.sys_flag;
}

}  // namespace

void add_topic_list_handlers(access::RequestTable& table, Serving& serving) {
  const auto add_list = [&](RequestCode code, bool (*wanted)(const RouteTables::Topic&)) {
    table.add(code, Right::inspect, [&serving, wanted](Connection& from, const Request& request) {
      list_topics(serving, from, request, wanted);
    });
  };
  add_list(RequestCode::get_all_topic_list_from_nameserver, [](const RouteTables::Topic&) { return true; });
  add_list(RequestCode::get_unit_topic_list,
           [](const RouteTables::Topic& brokers) { return (flags_of(brokers) & kSysFlagUnit) != 0; });
  add_list(RequestCode::get_has_unit_sub_topic_list,
           [](const RouteTables::Topic& brokers) { return (flags_of(brokers) & kSysFlagUnitSub) != 0; });
  add_list(RequestCode::get_has_unit_sub_ununit_topic_list, [](const RouteTables::Topic& brokers) {
    return (flags_of(brokers) & (kSysFlagUnit | kSysFlagUnitSub)) == kSysFlagUnitSub;
  });

  table.add<remoting::GetTopicsByClusterRequestHeader>(
      RequestCode::get_topics_by_cluster, Right::inspect,
      [&serving](Connection& from, const Request& request,
                 const remoting::GetTopicsByClusterRequestHeader& header) {
        list_topics_of_cluster(serving, from, request, header);
      });
  table.add(
      RequestCode::get_system_topic_list_from_ns, Right::inspect,
      [&serving](Connection& from, const Request& request) { list_system_topics(serving, from, request); });
}

}  // namespace gantry::namesrv
