// What a broker asks of its clients, some of it on behalf of an admin tool that sent the same header.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct NotifyConsumerIdsChangedRequestHeader {
  std::string_view consumer_group;

  static constexpr void wire(auto& h, auto&& field) { field("consumerGroup", h.consumer_group); }
};

// RESET_CONSUMER_CLIENT_OFFSET, and the tool's INVOKE_BROKER_TO_RESET_OFFSET.
struct ResetOffsetRequestHeader {
  std::string_view topic;
  std::string_view group;
  std::int64_t timestamp = 0;  // ms since 1970; -1: the end
  bool is_force = false;

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("group", h.group);
    field("timestamp", h.timestamp);
    field("isForce", h.is_force);
  }
};

// GET_CONSUMER_STATUS_FROM_CLIENT, and the tool's INVOKE_BROKER_TO_GET_CONSUMER_STATUS.
struct GetConsumerStatusRequestHeader {
  std::string_view topic;
  std::string_view group;
  std::optional<std::string_view> client_addr = {};  // a client id, in spite of its name

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("group", h.group);
    field("clientAddr", h.client_addr);
  }
};

struct GetConsumerRunningInfoRequestHeader {
  std::string_view consumer_group;
  std::string_view client_id;
  bool jstack_enable = false;

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("clientId", h.client_id);
    field("jstackEnable", h.jstack_enable, {.defaulted = true});
  }
};

struct ConsumeMessageDirectlyRequestHeader {
  std::string_view consumer_group;
  std::optional<std::string_view> client_id = {};
  std::optional<std::string_view> msg_id = {};  // the offset id
  std::optional<std::string_view> broker_name = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("clientId", h.client_id);
    field("msgId", h.msg_id);
    field("brokerName", h.broker_name);
  }
};

// PUSH_REPLY_MESSAGE_TO_CLIENT.
struct PushReplyMessageRequestHeader {
  std::string_view producer_group;
  std::string_view topic;
  std::string_view default_topic;
  std::int32_t default_topic_queue_nums = 0;
  std::int32_t queue_id = 0;
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp = 0;
  std::int32_t flag = 0;
  std::optional<std::string_view> properties = {};
  std::optional<std::int32_t> reconsume_times = {};
  bool unit_mode = false;
  std::string_view born_host;   // ip:port
  std::string_view store_host;  // ip:port
  std::int64_t store_timestamp = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("producerGroup", h.producer_group);
    field("topic", h.topic);
    field("defaultTopic", h.default_topic);
    field("defaultTopicQueueNums", h.default_topic_queue_nums);
    field("queueId", h.queue_id);
    field("sysFlag", h.sys_flag);
    field("bornTimestamp", h.born_timestamp);
    field("flag", h.flag);
    field("properties", h.properties);
    field("reconsumeTimes", h.reconsume_times);
    field("unitMode", h.unit_mode, {.defaulted = true});
    field("bornHost", h.born_host);
    field("storeHost", h.store_host);
    field("storeTimestamp", h.store_timestamp);
  }
};

}  // namespace gantry::remoting
