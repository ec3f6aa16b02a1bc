#include "namesrv/route_encoding.h"

#include "remoting/json_writer.h"

namespace gantry::namesrv {

namespace {

using remoting::JsonWriter;

void write_broker(JsonWriter& json, const RouteTables::Broker& broker) {
  json.begin_object().key("brokerAddrs").begin_object();
  for (const auto& [id, address] : broker.addresses) json.key(id).string(address);
  json.end_object();
  json.key("brokerName").string(broker.name);
  json.key("cluster").string(broker.cluster);
  json.end_object();
}

void write_filter_servers(JsonWriter& json, const RouteTables& tables, const RouteTables::Topic& topic) {
  json.begin_object();
  if (!tables.filter_servers().empty()) {
    for (const auto& [broker, queues] : topic) {
      for (const auto& [id, address] : broker->addresses) {
        const auto* servers = tables.find_filter_servers(address);
        if (servers == nullptr) continue;
        json.key(address).begin_array();
        for (const auto& server : *servers) json.string(server);
        json.end_array();
      }
    }
  }
  json.end_object();
}

void write_queues(JsonWriter& json, const RouteTables::TopicOnBroker& entry) {
  json.begin_object();
  json.key("brokerName").string(entry.broker->name);
  json.key("perm").number(entry.queues.perm);
  json.key("readQueueNums").number(entry.queues.read_queues);
  json.key("topicSysFlag").number(entry.queues.sys_flag);
  json.key("writeQueueNums").number(entry.queues.write_queues);
  json.end_object();
}

}  // namespace

void append_route(std::string& out, const RouteTables& tables, const RouteTables::Topic& topic,
                  std::optional<std::string_view> order_conf) {
  JsonWriter json(out);
  json.begin_object();
  json.key("brokerDatas").begin_array();
  for (const auto& entry : topic) write_broker(json, *entry.broker);
  json.end_array();
  json.key("filterServerTable");
  write_filter_servers(json, tables, topic);
  if (order_conf) json.key("orderTopicConf").string(*order_conf);
  json.key("queueDatas").begin_array();
  for (const auto& entry : topic) write_queues(json, entry);
  json.end_array();
  json.end_object();
}

}  // namespace gantry::namesrv
