// What a consumer says of itself when asked (307). Brokers relay the bytes as they are; clients write them,
// tools read them.
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/bodies/subscription.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gantry::remoting {

// One queue that the client holds. `droped` is so spelt on the wire.
struct ProcessQueueInfo {
  std::int32_t cached_msg_count = 0;
  std::int64_t cached_msg_max_offset = 0;
  std::int64_t cached_msg_min_offset = 0;
  std::int32_t cached_msg_size_in_mib = 0;
  std::int64_t commit_offset = 0;
  bool droped = false;
  std::int64_t last_consume_timestamp = 0;
  std::int64_t last_lock_timestamp = 0;
  std::int64_t last_pull_timestamp = 0;
  bool locked = false;
  std::int32_t transaction_msg_count = 0;
  std::int64_t transaction_msg_max_offset = 0;
  std::int64_t transaction_msg_min_offset = 0;
  std::int64_t try_unlock_times = 0;

  static JsonFields json_fields();
  bool operator==(const ProcessQueueInfo&) const = default;
};

// Of one topic; times in ms.
struct ConsumeStatus {
  std::int64_t consume_failed_msgs = 0;
  double consume_failed_tps = 0;
  double consume_ok_tps = 0;
  double consume_rt = 0;
  double pull_rt = 0;
  double pull_tps = 0;

  static JsonFields json_fields();
  bool operator==(const ConsumeStatus&) const = default;
};

struct ConsumerRunningInfo {
  std::optional<std::string> jstack{};
  std::map<MessageQueue, ProcessQueueInfo> mq_table{};
  std::map<std::string, std::string> properties{};      // PROP_CONSUME_TYPE, PROP_CLIENT_VERSION, ...
  std::map<std::string, ConsumeStatus> status_table{};  // by topic
  std::vector<SubscriptionData> subscription_set{};

  static JsonFields json_fields();
  bool operator==(const ConsumerRunningInfo&) const = default;
};

}  // namespace gantry::remoting
