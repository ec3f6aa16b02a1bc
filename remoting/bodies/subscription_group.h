// Consumer groups as a broker knows them: one (body of 200), or all with their version (201,
// subscriptionGroup.json).
#pragma once

#include "remoting/bodies/data_version.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>

namespace gantry::remoting {

struct SubscriptionGroupConfig {
  std::int64_t broker_id = 0;
  bool consume_broadcast_enable = true;
  bool consume_enable = true;
  bool consume_from_min_enable = true;
  std::string group_name{};
  bool notify_consumer_ids_changed_enable = true;
  std::int32_t retry_max_times = 16;
  std::int32_t retry_queue_nums = 1;
  std::int64_t which_broker_when_consume_slowly = 1;

  static JsonFields json_fields();
  bool operator==(const SubscriptionGroupConfig&) const = default;
};

struct SubscriptionGroupWrapper {
  DataVersion data_version{};
  std::map<std::string, SubscriptionGroupConfig> subscription_group_table{};

  static JsonFields json_fields();
  bool operator==(const SubscriptionGroupWrapper&) const = default;
};

}  // namespace gantry::remoting
