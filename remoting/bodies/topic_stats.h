// The queues of a topic and what they hold (202).
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>

namespace gantry::remoting {

struct TopicOffset {
  std::int64_t last_update_timestamp = 0;
  std::int64_t max_offset = 0;
  std::int64_t min_offset = 0;

  static JsonFields json_fields();
  bool operator==(const TopicOffset&) const = default;
};

struct TopicStatsTable {
  std::map<MessageQueue, TopicOffset> offset_table{};

  static JsonFields json_fields();
  bool operator==(const TopicStatsTable&) const = default;
};

}  // namespace gantry::remoting
