#include "remoting/bodies/broker_stats.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields BrokerStatsItem::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&BrokerStatsItem::avgpt>("avgpt"),
      json_field<&BrokerStatsItem::sum>("sum"),
      json_field<&BrokerStatsItem::tps>("tps"),
  };
  return kFields;
}

JsonFields BrokerStatsData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&BrokerStatsData::stats_day>("statsDay"),
      json_field<&BrokerStatsData::stats_hour>("statsHour"),
      json_field<&BrokerStatsData::stats_minute>("statsMinute"),
  };
  return kFields;
}

}  // namespace gantry::remoting
