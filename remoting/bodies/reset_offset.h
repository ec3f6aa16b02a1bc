// Offsets that a group is to jump to: what the admin tool gets back (222), and what consumers are told (220),
// C++ clients as a list.
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gantry::remoting {

struct ResetOffsetBody {
  std::map<MessageQueue, std::int64_t> offset_table{};

  static JsonFields json_fields();
  bool operator==(const ResetOffsetBody&) const = default;
};

struct MessageQueueForC {
  std::string broker_name{};
  std::int64_t offset = 0;
  std::int32_t queue_id = 0;
  std::string topic{};

  static JsonFields json_fields();
  bool operator==(const MessageQueueForC&) const = default;
};

struct ResetOffsetBodyForC {
  std::vector<MessageQueueForC> offset_table{};

  static JsonFields json_fields();
  bool operator==(const ResetOffsetBodyForC&) const = default;
};

}  // namespace gantry::remoting
