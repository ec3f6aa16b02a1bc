#include "remoting/bodies/consume_stats.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields OffsetWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&OffsetWrapper::broker_offset>("brokerOffset"),
      json_field<&OffsetWrapper::consumer_offset>("consumerOffset"),
      json_field<&OffsetWrapper::last_timestamp>("lastTimestamp"),
  };
  return kFields;
}

JsonFields ConsumeStats::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumeStats::consume_tps>("consumeTps"),
      json_field<&ConsumeStats::offset_table>("offsetTable"),
  };
  return kFields;
}

JsonFields ConsumeStatsList::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumeStatsList::broker_addr>("brokerAddr"),
      json_field<&ConsumeStatsList::consume_stats_list>("consumeStatsList"),
      json_field<&ConsumeStatsList::total_diff>("totalDiff"),
  };
  return kFields;
}

}  // namespace gantry::remoting
