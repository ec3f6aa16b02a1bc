#include "remoting/bodies/topic_stats.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields TopicOffset::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicOffset::last_update_timestamp>("lastUpdateTimestamp"),
      json_field<&TopicOffset::max_offset>("maxOffset"),
      json_field<&TopicOffset::min_offset>("minOffset"),
  };
  return kFields;
}

JsonFields TopicStatsTable::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicStatsTable::offset_table>("offsetTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
