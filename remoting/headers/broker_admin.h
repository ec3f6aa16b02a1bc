// Administration of a broker itself: its configuration, its statistics, its filter servers.
#pragma once

#include <cstdint>
#include <string_view>

namespace gantry::remoting {

// Of GET_BROKER_CONFIG, and of UPDATE_BROKER_CONFIG too.
struct GetBrokerConfigResponseHeader {
  std::string_view version;  // the DataVersion, as JSON

  static constexpr void wire(auto& h, auto&& field) { field("version", h.version); }
};

struct ViewBrokerStatsDataRequestHeader {
  std::string_view stats_name;
  std::string_view stats_key;

  static constexpr void wire(auto& h, auto&& field) {
    field("statsName", h.stats_name);
    field("statsKey", h.stats_key);
  }
};

struct RegisterFilterServerRequestHeader {
  std::string_view filter_server_addr;

  static constexpr void wire(auto& h, auto&& field) { field("filterServerAddr", h.filter_server_addr); }
};

struct RegisterFilterServerResponseHeader {
  std::string_view broker_name;
  std::int64_t broker_id = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("brokerName", h.broker_name);
    field("brokerId", h.broker_id);
  }
};

// The source text of the class is the body.
struct RegisterMessageFilterClassRequestHeader {
  std::string_view consumer_group;
  std::string_view topic;
  std::string_view class_name;
  std::int32_t class_crc = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("topic", h.topic);
    field("className", h.class_name);
    field("classCRC", h.class_crc);
  }
};

}  // namespace gantry::remoting
