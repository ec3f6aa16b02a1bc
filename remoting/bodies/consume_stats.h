// How far behind a group is on each queue (208), and on each group of a broker (317).
#pragma once

#include "remoting/bodies/message_queue.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gantry::remoting {

struct OffsetWrapper {
  std::int64_t broker_offset = 0;
  std::int64_t consumer_offset = 0;
  std::int64_t last_timestamp = 0;

  static JsonFields json_fields();
  bool operator==(const OffsetWrapper&) const = default;
};

struct ConsumeStats {
  double consume_tps = 0;
  std::map<MessageQueue, OffsetWrapper> offset_table{};

  static JsonFields json_fields();
  bool operator==(const ConsumeStats&) const = default;
};

struct ConsumeStatsList {
  std::string broker_addr{};
  std::vector<std::map<std::string, std::vector<ConsumeStats>>>
      consume_stats_list;  // per group, one for each of its topics
  std::int64_t total_diff = 0;

  static JsonFields json_fields();
  bool operator==(const ConsumeStatsList&) const = default;
};

}  // namespace gantry::remoting
