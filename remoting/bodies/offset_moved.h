// Body of the message that tells subscribers of OFFSET_MOVED_EVENT that a pull was out of range and moved.
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <string>

namespace gantry::remoting {

struct OffsetMovedEvent {
  std::string consumer_group{};
  MessageQueue message_queue{};
  std::int64_t offset_new = 0;
  std::int64_t offset_request = 0;

  static JsonFields json_fields();
  bool operator==(const OffsetMovedEvent&) const = default;
};

}  // namespace gantry::remoting
