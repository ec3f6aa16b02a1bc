// One statistic of a broker over the last minute, hour and day (315).
#pragma once

#include "remoting/json_struct.h"

#include <cstdint>

namespace gantry::remoting {

struct BrokerStatsItem {
  double avgpt = 0;  // average per call
  std::int64_t sum = 0;
  double tps = 0;

  static JsonFields json_fields();
  bool operator==(const BrokerStatsItem&) const = default;
};

struct BrokerStatsData {
  BrokerStatsItem stats_day{};
  BrokerStatsItem stats_hour{};
  BrokerStatsItem stats_minute{};

  static JsonFields json_fields();
  bool operator==(const BrokerStatsData&) const = default;
};

}  // namespace gantry::remoting
