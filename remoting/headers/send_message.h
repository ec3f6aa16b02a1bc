// Sending: SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE, SEND_REPLY_MESSAGE and SEND_REPLY_MESSAGE_V2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

// The V2 codes and batches carry the same fields under one letter each: read_header_v2(). Their letter n, a
// broker name of 5.x, means nothing here.
struct SendMessageRequestHeader {
  std::string_view producer_group;
  std::string_view topic;
  std::string_view default_topic;  // whose settings an automatically created topic takes
  std::int32_t default_topic_queue_nums = 0;
  std::int32_t queue_id = 0;  // negative: any
  std::int32_t sys_flag = 0;
  std::int64_t born_timestamp = 0;  // ms since 1970
  std::int32_t flag = 0;            // of the application
  std::optional<std::string_view> properties = {};
  std::optional<std::int32_t> reconsume_times = {};
  bool unit_mode = false;
  std::optional<std::int32_t> max_reconsume_times = {};
  bool batch = false;  // the body holds several messages, whatever the code

  static constexpr void wire(auto& h, auto&& field) {
    field("producerGroup", h.producer_group, {.v2 = "a"});
    field("topic", h.topic, {.v2 = "b"});
    field("defaultTopic", h.default_topic, {.v2 = "c"});
    field("defaultTopicQueueNums", h.default_topic_queue_nums, {.v2 = "d"});
    field("queueId", h.queue_id, {.v2 = "e"});
    field("sysFlag", h.sys_flag, {.v2 = "f"});
    field("bornTimestamp", h.born_timestamp, {.v2 = "g"});
    field("flag", h.flag, {.v2 = "h"});
    field("properties", h.properties, {.v2 = "i"});
    field("reconsumeTimes", h.reconsume_times, {.v2 = "j"});
    field("unitMode", h.unit_mode, {.v2 = "k", .defaulted = true});
    field("maxReconsumeTimes", h.max_reconsume_times, {.v2 = "l"});
    field("batch", h.batch, {.v2 = "m", .defaulted = true});
  }
};

struct SendMessageResponseHeader {
  std::string_view msg_id;  // the offset id; of a batch all of them, with commas
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::optional<std::string_view> transaction_id = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("msgId", h.msg_id);
    field("queueId", h.queue_id);
    field("queueOffset", h.queue_offset);
    field("transactionId", h.transaction_id);
  }
};

}  // namespace gantry::remoting
