// Administration of topics at a broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

// UPDATE_AND_CREATE_TOPIC.
struct CreateTopicRequestHeader {
  std::string_view topic;
  std::string_view default_topic;
  std::int32_t read_queue_nums = 0;
  std::int32_t write_queue_nums = 0;
  std::int32_t perm = 0;               // 4 read, 2 write, 1 inherit
  std::string_view topic_filter_type;  // SINGLE_TAG or MULTI_TAG
  std::optional<std::int32_t> topic_sys_flag = {};
  bool order = false;
  std::optional<std::string_view> attributes = {};  // 5.x

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("defaultTopic", h.default_topic);
    field("readQueueNums", h.read_queue_nums, {.min = 0, .max = 65535});
    field("writeQueueNums", h.write_queue_nums, {.min = 0, .max = 65535});
    field("perm", h.perm, {.min = 0, .max = 7});
    field("topicFilterType", h.topic_filter_type);
    field("topicSysFlag", h.topic_sys_flag);
    field("order", h.order, {.defaulted = true});
    field("attributes", h.attributes);
  }
};

struct DeleteTopicRequestHeader {
  std::string_view topic;

  static constexpr void wire(auto& h, auto&& field) { field("topic", h.topic); }
};

struct GetTopicStatsInfoRequestHeader {
  std::string_view topic;

  static constexpr void wire(auto& h, auto&& field) { field("topic", h.topic); }
};

// 5.x tools.
struct GetTopicConfigRequestHeader {
  std::string_view topic;
  std::optional<bool> lo = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("lo", h.lo);
  }
};

struct QueryTopicConsumeByWhoRequestHeader {
  std::string_view topic;

  static constexpr void wire(auto& h, auto&& field) { field("topic", h.topic); }
};

struct QueryConsumeTimeSpanRequestHeader {
  std::string_view topic;
  std::string_view group;

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("group", h.group);
  }
};

}  // namespace gantry::remoting
