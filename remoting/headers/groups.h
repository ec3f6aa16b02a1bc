// Administration of groups at a broker: connections, progress, offsets.
#pragma once

#include <optional>
#include <string_view>

namespace gantry::remoting {

struct DeleteSubscriptionGroupRequestHeader {
  std::string_view group_name;
  bool remove_offset = false;

  static constexpr void wire(auto& h, auto&& field) {
    field("groupName", h.group_name);
    field("removeOffset", h.remove_offset, {.defaulted = true});
  }
};

// 5.x tools.
struct GetSubscriptionGroupConfigRequestHeader {
  std::string_view group;

  static constexpr void wire(auto& h, auto&& field) { field("group", h.group); }
};

// 5.x tools.
struct QueryTopicsByConsumerRequestHeader {
  std::string_view group;

  static constexpr void wire(auto& h, auto&& field) { field("group", h.group); }
};

struct GetConsumerConnectionListRequestHeader {
  std::string_view consumer_group;

  static constexpr void wire(auto& h, auto&& field) { field("consumerGroup", h.consumer_group); }
};

struct GetProducerConnectionListRequestHeader {
  std::string_view producer_group;

  static constexpr void wire(auto& h, auto&& field) { field("producerGroup", h.producer_group); }
};

struct GetConsumeStatsRequestHeader {
  std::string_view consumer_group;
  std::optional<std::string_view> topic = {};  // absent or empty: every topic of the group

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("topic", h.topic);
  }
};

// GET_BROKER_CONSUME_STATS.
struct GetConsumeStatsInBrokerRequestHeader {
  bool is_order = false;

  static constexpr void wire(auto& h, auto&& field) { field("isOrder", h.is_order); }
};

struct QueryCorrectionOffsetRequestHeader {
  std::optional<std::string_view> filter_groups = {};  // with commas
  std::string_view compare_group;
  std::string_view topic;

  static constexpr void wire(auto& h, auto&& field) {
    field("filterGroups", h.filter_groups);
    field("compareGroup", h.compare_group);
    field("topic", h.topic);
  }
};

struct CloneGroupOffsetRequestHeader {
  std::string_view src_group;
  std::string_view dest_group;
  std::optional<std::string_view> topic = {};  // absent: every topic of the source
  bool offline = false;

  static constexpr void wire(auto& h, auto&& field) {
    field("srcGroup", h.src_group);
    field("destGroup", h.dest_group);
    field("topic", h.topic);
    field("offline", h.offline, {.defaulted = true});
  }
};

}  // namespace gantry::remoting
