// The times between which a group has messages left, per queue (303).
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <vector>

namespace gantry::remoting {

struct QueueTimeSpan {
  std::int64_t consume_time_stamp = 0;
  std::int64_t delay_time = 0;
  std::int64_t max_time_stamp = 0;
  MessageQueue message_queue{};
  std::int64_t min_time_stamp = 0;

  static JsonFields json_fields();
  bool operator==(const QueueTimeSpan&) const = default;
};

struct QueryConsumeTimeSpanBody {
  std::vector<QueueTimeSpan> consume_time_span_set{};

  static JsonFields json_fields();
  bool operator==(const QueryConsumeTimeSpanBody&) const = default;
};

}  // namespace gantry::remoting
