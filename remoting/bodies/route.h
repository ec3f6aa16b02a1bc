// Where a topic lives (answer to 105), and what a cluster is made of (106):
//
//   {"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster"}],
//    "filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":8,"topicSysFlag":0,
//    "writeQueueNums":8}]}
//
// Broker ids are written in quotes, as every client reads them, and without a space anywhere: Go's client
// cuts brokerAddrs as text.
#pragma once

#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gantry::remoting {

struct QueueData {
  std::string broker_name{};
  std::int32_t perm = 0;
  std::int32_t read_queue_nums = 0;
  std::int32_t topic_sys_flag = 0;
  std::int32_t write_queue_nums = 0;

  static JsonFields json_fields();
  bool operator==(const QueueData&) const = default;
};

struct BrokerData {
  std::map<std::int64_t, std::string> broker_addrs{};  // by broker id; 0 is the master
  std::string broker_name{};
  std::string cluster{};

  static JsonFields json_fields();
  bool operator==(const BrokerData&) const = default;
};

struct TopicRouteData {
  std::vector<BrokerData> broker_datas{};
  std::map<std::string, std::vector<std::string>> filter_server_table{};  // by broker address
  std::optional<std::string> order_topic_conf{};           // "broker-a:8;broker-b:8"
  std::vector<QueueData> queue_datas{};

  static JsonFields json_fields();
  bool operator==(const TopicRouteData&) const = default;
};

struct ClusterInfo {
  std::map<std::string, BrokerData> broker_addr_table{};                 // by broker name
  std::map<std::string, std::vector<std::string>> cluster_addr_table{};  // names of brokers, by cluster

  static JsonFields json_fields();
  bool operator==(const ClusterInfo&) const = default;
};

}  // namespace gantry::remoting
