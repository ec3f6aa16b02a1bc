// Who is connected to a broker: the consumers of a group (203), the producers of a group (204), all producers
// (328).
#pragma once

#include "remoting/bodies/heartbeat.h"
#include "remoting/bodies/subscription.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gantry::remoting {

struct ClientConnection {
  std::string client_addr{};
  std::string client_id{};
  std::string language{};  // by name: "JAVA"
  std::int32_t version = 0;

  static JsonFields json_fields();
  bool operator==(const ClientConnection&) const = default;
};

struct ConsumerConnection {
  std::vector<ClientConnection> connection_set{};
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::last_offset;
  ConsumeType consume_type = ConsumeType::actively;
  MessageModel message_model = MessageModel::clustering;
  std::map<std::string, SubscriptionData> subscription_table{};  // by topic

  static JsonFields json_fields();
  bool operator==(const ConsumerConnection&) const = default;
};

struct ProducerConnection {
  std::vector<ClientConnection> connection_set{};

  static JsonFields json_fields();
  bool operator==(const ProducerConnection&) const = default;
};

struct ProducerInfo {
  std::string client_id{};
  std::string language{};
  std::int64_t last_update_timestamp = 0;
  std::string remote_ip{};
  std::int32_t version = 0;

  static JsonFields json_fields();
  bool operator==(const ProducerInfo&) const = default;
};

struct ProducerTableInfo {
  std::map<std::string, std::vector<ProducerInfo>> data{};  // by group

  static JsonFields json_fields();
  bool operator==(const ProducerTableInfo&) const = default;
};

}  // namespace gantry::remoting
