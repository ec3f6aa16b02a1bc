// How far each client of a group has consumed, by its own account. A client fills message_queue_table (221),
// the broker gathers the tables of all by client id (223).
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>

namespace gantry::remoting {

struct GetConsumerStatusBody {
  std::map<std::string, std::map<MessageQueue, std::int64_t>> consumer_table{};
  std::map<MessageQueue, std::int64_t> message_queue_table{};

  static JsonFields json_fields();
  bool operator==(const GetConsumerStatusBody&) const = default;
};

}  // namespace gantry::remoting
