// Exclusive queues for ordered consumption: lock (41) and unlock (42), asked for in the same words.
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <string>
#include <vector>

namespace gantry::remoting {

struct LockBatchRequestBody {
  std::string client_id{};
  std::string consumer_group{};
  std::vector<MessageQueue> mq_set{};

  static JsonFields json_fields();
  bool operator==(const LockBatchRequestBody&) const = default;
};

// Those that the client now holds; the key is there even when it holds none.
struct LockBatchResponseBody {
  std::vector<MessageQueue> lock_ok_mq_set{};

  static JsonFields json_fields();
  bool operator==(const LockBatchResponseBody&) const = default;
};

}  // namespace gantry::remoting
