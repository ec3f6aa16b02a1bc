// Entries of a consume queue as an operator wants to see them, with a group's filter applied (321).
#pragma once

#include "remoting/bodies/subscription.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gantry::remoting {

struct ConsumeQueueData {
  std::optional<std::string> bit_map{};
  bool eval = false;  // the filter lets it through
  std::optional<std::string> extend_data_json{};
  std::optional<std::string> msg{};  // what kept it from being judged
  std::int64_t physic_offset = 0;
  std::int32_t physic_size = 0;
  std::int64_t tags_code = 0;

  static JsonFields json_fields();
  bool operator==(const ConsumeQueueData&) const = default;
};

struct QueryConsumeQueueResponseBody {
  std::optional<std::string> filter_data{};
  std::int64_t max_queue_index = 0;
  std::int64_t min_queue_index = 0;
  std::vector<ConsumeQueueData> queue_data{};
  std::optional<SubscriptionData> subscription_data{};

  static JsonFields json_fields();
  bool operator==(const QueryConsumeQueueResponseBody&) const = default;
};

}  // namespace gantry::remoting
