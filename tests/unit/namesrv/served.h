// All that a name server is made of but its listener and timers: requests go in through fake connections.
#pragma once

#include "access/policy.h"
#include "logging/capturing_logger.h"
#include "namesrv/handlers.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/crc32.h"
#include "tests/unit/access/asking_connection.h"
#include "tests/unit/disk/simulated_disk.h"
#include "tests/unit/namesrv/some_broker.h"

#include <optional>
#include <string>
#include <vector>

namespace gantry::namesrv {

using access::testing::Answered;
using access::testing::AskingConnection;

class Served {
 public:
  explicit Served(const access::Policy& policy = allow_all(), KvTables kv_entries = {})
      : kv(disk, "d/kvConfig.json", std::move(kv_entries)),
        config(disk, schema, a_config(), options::Origins()),
        requests(policy, log) {
    readers.reserve(2);
    for (int i = 0; i < 2; ++i) readers.emplace_back(routes.published());
    config.at_change([this](const NamesrvConfig&) { serving.publish_order_configs(); });
    serving.publish_order_configs();
    add_all_handlers(requests, serving);
  }

  static NamesrvConfig a_config() {
    NamesrvConfig config;
    config.data_dir = "d";
    return config;
  }
  static const access::Policy& allow_all() {
    static const access::AllowAll policy;
    return policy;
  }

  Answered ask(remoting::RequestCode code, AskingConnection::Fields fields = {}, std::string body = {}) {
    return client.ask(requests, {code, std::move(fields), std::move(body)});
  }

  static std::string body_of(const SomeBroker& broker) {
    remoting::RegisterBrokerBody body;
    body.topic_config_serialize_wrapper.data_version = broker.version_;
    for (const auto& [name, queues] : broker.topics) {
      auto& topic = body.topic_config_serialize_wrapper.topic_config_table[name];
      topic.topic_name = name;
      topic.read_queue_nums = queues.read_queues;
      topic.write_queue_nums = queues.write_queues;
      topic.perm = queues.perm;
      topic.topic_sys_flag = queues.sys_flag;
    }
    if (broker.filters) body.filter_server_list = *broker.filters;
    return remoting::to_json(body);
  }

  static AskingConnection::Fields fields_of(const SomeBroker& broker) {
    return {{"brokerName", broker.name},
            {"brokerAddr", broker.address},
            {"clusterName", broker.cluster},
            {"haServerAddr", broker.ha_address},
            {"brokerId", std::to_string(broker.id_)}};
  }

  Answered registers(const SomeBroker& broker) { return registers(broker, connection); }
  Answered registers(const SomeBroker& broker, AskingConnection& over) {
    return over.ask(requests, {remoting::RequestCode::register_broker, fields_of(broker), body_of(broker)});
  }

  // As a client gets it.
  std::string route(const std::string& topic) {
    return ask(remoting::RequestCode::get_routeinfo_by_topic, {{"topic", topic}}).body;
  }

  disk::SimulatedDisk disk;
  logging::CapturingLogger log;
  MovedClock clock;
  options::Schema<NamesrvConfig> schema = namesrv_schema();
  Routes routes;
  std::vector<RouteReader> readers;
  BrokerConnections brokers;
  KvConfig kv;
  RunningConfig config;
  DiskThread disk_thread;
  Serving serving{routes, readers, brokers, kv, config, disk_thread, [this] { return clock.now(); }, log};
  access::RequestTable requests;
  AskingConnection client{1};
  AskingConnection connection{2};  // of brokers
};

}  // namespace gantry::namesrv
