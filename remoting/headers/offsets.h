// Consumer offsets, and the offsets and times of a queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct QueryConsumerOffsetRequestHeader {
  std::string_view consumer_group;
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::optional<bool> set_zero_if_not_found = {};  // 5.x

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("topic", h.topic);
    field("queueId", h.queue_id);
    field("setZeroIfNotFound", h.set_zero_if_not_found);
  }
};

struct QueryConsumerOffsetResponseHeader {
  std::int64_t offset = 0;

  static constexpr void wire(auto& h, auto&& field) { field("offset", h.offset); }
};

struct UpdateConsumerOffsetRequestHeader {
  std::string_view consumer_group;
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t commit_offset = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("consumerGroup", h.consumer_group);
    field("topic", h.topic);
    field("queueId", h.queue_id);
    field("commitOffset", h.commit_offset);
  }
};

struct SearchOffsetRequestHeader {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t timestamp = 0;                          // ms since 1970
  std::optional<std::string_view> boundary_type = {};  // 5.x: LOWER or UPPER

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id);
    field("timestamp", h.timestamp);
    field("boundaryType", h.boundary_type);
  }
};

struct SearchOffsetResponseHeader {
  std::int64_t offset = 0;

  static constexpr void wire(auto& h, auto&& field) { field("offset", h.offset); }
};

struct GetMaxOffsetRequestHeader {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::optional<bool> committed = {};  // 5.x

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id);
    field("committed", h.committed);
  }
};

struct GetMaxOffsetResponseHeader {
  std::int64_t offset = 0;

  static constexpr void wire(auto& h, auto&& field) { field("offset", h.offset); }
};

struct GetMinOffsetRequestHeader {
  std::string_view topic;
  std::int32_t queue_id = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id);
  }
};

struct GetMinOffsetResponseHeader {
  std::int64_t offset = 0;

  static constexpr void wire(auto& h, auto&& field) { field("offset", h.offset); }
};

struct GetEarliestMsgStoretimeRequestHeader {
  std::string_view topic;
  std::int32_t queue_id = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id);
  }
};

struct GetEarliestMsgStoretimeResponseHeader {
  std::int64_t timestamp = 0;  // ms since 1970; -1: the queue is empty

  static constexpr void wire(auto& h, auto&& field) { field("timestamp", h.timestamp); }
};

}  // namespace gantry::remoting
