// Presence and control of clients: UNREGISTER_CLIENT, GET_CONSUMER_LIST_BY_GROUP and CONSUMER_SEND_MSG_BACK.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct UnregisterClientRequestHeader {
  std::string_view client_id;
  std::optional<std::string_view> producer_group = {};
  std::optional<std::string_view> consumer_group = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("clientID", h.client_id);
    field("producerGroup", h.producer_group);
    field("consumerGroup", h.consumer_group);
  }
};

struct GetConsumerListByGroupRequestHeader {
  std::string_view consumer_group;

  static constexpr void wire(auto& h, auto&& field) { field("consumerGroup", h.consumer_group); }
};

struct ConsumerSendMsgBackRequestHeader {
  std::int64_t offset = 0;  // of the message in the commit log
  std::string_view group;
  std::int32_t delay_level = 0;  // 0: by the times consumed; negative: to the dead letters
  std::optional<std::string_view> origin_msg_id = {};
  std::optional<std::string_view> origin_topic = {};
  bool unit_mode = false;
  std::optional<std::int32_t> max_reconsume_times = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("offset", h.offset);
    field("group", h.group);
    field("delayLevel", h.delay_level);
    field("originMsgId", h.origin_msg_id);
    field("originTopic", h.origin_topic);
    field("unitMode", h.unit_mode, {.defaulted = true});
    field("maxReconsumeTimes", h.max_reconsume_times);
  }
};

}  // namespace gantry::remoting
