// Consuming: PULL_MESSAGE and LITE_PULL_MESSAGE.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct PullMessageRequestHeader {
  std::string_view consumer_group;
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int32_t max_msg_nums = 0;
  std::int32_t sys_flag = 0;  // what the other fields mean: commit, suspend, subscription, class filter, lite
  std::int64_t commit_offset = 0;
  std::int64_t suspend_timeout_millis = 0;
  std::optional<std::string_view> subscription = {};
  std::int64_t sub_version = 0;
  std::optional<std::string_view> expression_type = {};  // absent: TAG

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("topic", h.topic);
    field("queueId", h.queue_id);
    field("queueOffset", h.queue_offset);
    field("maxMsgNums", h.max_msg_nums);
    field("sysFlag", h.sys_flag);
    field("commitOffset", h.commit_offset);
    field("suspendTimeoutMillis", h.suspend_timeout_millis);
    field("subscription", h.subscription);
    field("subVersion", h.sub_version);
    field("expressionType", h.expression_type);
  }
};

struct PullMessageResponseHeader {
  std::int64_t suggest_which_broker_id = 0;
  std::int64_t next_begin_offset = 0;
  std::int64_t min_offset = 0;
  std::int64_t max_offset = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("suggestWhichBrokerId", h.suggest_which_broker_id);
    field("nextBeginOffset", h.next_begin_offset);
    field("minOffset", h.min_offset);
    field("maxOffset", h.max_offset);
  }
};

}  // namespace gantry::remoting
