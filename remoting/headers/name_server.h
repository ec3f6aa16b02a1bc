// What brokers, clients and tools say to a name server (codes 100 to 106 and their kin), and its answers.
// Requests without a declared header carry no fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct PutKvConfigRequestHeader {
  std::string_view name_space;
  std::string_view key;
  std::string_view value;

  static constexpr void wire(auto& h, auto&& field) {
    field("namespace", h.name_space);
    field("key", h.key);
    field("value", h.value);
  }
};

struct GetKvConfigRequestHeader {
  std::string_view name_space;
  std::string_view key;

  static constexpr void wire(auto& h, auto&& field) {
    field("namespace", h.name_space);
    field("key", h.key);
  }
};

struct GetKvConfigResponseHeader {
  std::optional<std::string_view> value = {};

  static constexpr void wire(auto& h, auto&& field) { field("value", h.value); }
};

struct DeleteKvConfigRequestHeader {
  std::string_view name_space;
  std::string_view key;

  static constexpr void wire(auto& h, auto&& field) {
    field("namespace", h.name_space);
    field("key", h.key);
  }
};

struct GetKvListByNamespaceRequestHeader {
  std::string_view name_space;

  static constexpr void wire(auto& h, auto&& field) { field("namespace", h.name_space); }
};

struct RegisterBrokerRequestHeader {
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;
  std::string_view ha_server_addr;
  std::int64_t broker_id = 0;
  bool compressed = false;      // the body is deflated
  std::int32_t body_crc32 = 0;  // of the body, before it is inflated; 0: not given

  static constexpr void wire(auto& h, auto&& field) {
    field("brokerName", h.broker_name);
    field("brokerAddr", h.broker_addr);
    field("clusterName", h.cluster_name);
    field("haServerAddr", h.ha_server_addr);
    field("brokerId", h.broker_id);
    field("compressed", h.compressed, {.defaulted = true});
    field("bodyCrc32", h.body_crc32, {.defaulted = true});
  }
};

// To a slave: where its master is.
struct RegisterBrokerResponseHeader {
  std::optional<std::string_view> ha_server_addr = {};
  std::optional<std::string_view> master_addr = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("haServerAddr", h.ha_server_addr);
    field("masterAddr", h.master_addr);
  }
};

struct UnregisterBrokerRequestHeader {
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;
  std::int64_t broker_id = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("brokerName", h.broker_name);
    field("brokerAddr", h.broker_addr);
    field("clusterName", h.cluster_name);
    field("brokerId", h.broker_id);
  }
};

struct QueryDataVersionRequestHeader {
  std::string_view broker_name;
  std::string_view broker_addr;
  std::string_view cluster_name;
  std::int64_t broker_id = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("brokerName", h.broker_name);
    field("brokerAddr", h.broker_addr);
    field("clusterName", h.cluster_name);
    field("brokerId", h.broker_id);
  }
};

struct QueryDataVersionResponseHeader {
  bool changed = false;

  static constexpr void wire(auto& h, auto&& field) { field("changed", h.changed); }
};

struct GetRouteInfoRequestHeader {
  std::string_view topic;
  std::optional<bool> accept_standard_json_only = {};  // no bare numbers as keys

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("acceptStandardJsonOnly", h.accept_standard_json_only);
  }
};

struct GetTopicsByClusterRequestHeader {
  std::string_view cluster;

  static constexpr void wire(auto& h, auto&& field) { field("cluster", h.cluster); }
};

struct DeleteTopicInNamesrvRequestHeader {
  std::string_view topic;
  std::optional<std::string_view> cluster_name = {};  // only there; absent: everywhere

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("clusterName", h.cluster_name);
  }
};

struct WipeWritePermOfBrokerRequestHeader {
  std::string_view broker_name;

  static constexpr void wire(auto& h, auto&& field) { field("brokerName", h.broker_name); }
};

struct WipeWritePermOfBrokerResponseHeader {
  std::int32_t wipe_topic_count = 0;

  static constexpr void wire(auto& h, auto&& field) { field("wipeTopicCount", h.wipe_topic_count); }
};

struct AddWritePermOfBrokerRequestHeader {
  std::string_view broker_name;

  static constexpr void wire(auto& h, auto&& field) { field("brokerName", h.broker_name); }
};

struct AddWritePermOfBrokerResponseHeader {
  std::int32_t add_topic_count = 0;

  static constexpr void wire(auto& h, auto&& field) { field("addTopicCount", h.add_topic_count); }
};

}  // namespace gantry::remoting
