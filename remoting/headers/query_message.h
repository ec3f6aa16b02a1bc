// Finding messages: QUERY_MESSAGE, VIEW_MESSAGE_BY_ID and QUERY_CONSUME_QUEUE.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

struct QueryMessageRequestHeader {
  std::string_view topic;
  std::string_view key;
  std::int32_t max_num = 0;
  std::int64_t begin_timestamp = 0;
  std::int64_t end_timestamp = 0;
  bool unique_key_query = false;  // the key is a unique id, not a KEYS word

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("key", h.key);
    field("maxNum", h.max_num);
    field("beginTimestamp", h.begin_timestamp);
    field("endTimestamp", h.end_timestamp);
    field("_UNIQUE_KEY_QUERY", h.unique_key_query, {.defaulted = true});
  }
};

struct QueryMessageResponseHeader {
  std::int64_t index_last_update_timestamp = 0;
  std::int64_t index_last_update_phyoffset = 0;

  static constexpr void wire(auto& h, auto&& field) {
    field("indexLastUpdateTimestamp", h.index_last_update_timestamp);
    field("indexLastUpdatePhyoffset", h.index_last_update_phyoffset);
  }
};

struct ViewMessageRequestHeader {
  std::int64_t offset = 0;  // in the commit log

  static constexpr void wire(auto& h, auto&& field) { field("offset", h.offset); }
};

struct QueryConsumeQueueRequestHeader {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t index = 0;  // of the first entry wanted
  std::int32_t count = 0;
  std::optional<std::string_view> consumer_group = {};  // whose filter to try on the entries

  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id, {.defaulted = true});
    field("index", h.index, {.defaulted = true});
    field("count", h.count, {.defaulted = true});
    field("consumerGroup", h.consumer_group);
  }
};

}  // namespace gantry::remoting
