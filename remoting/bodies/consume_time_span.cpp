#include "remoting/bodies/consume_time_span.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields QueueTimeSpan::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&QueueTimeSpan::consume_time_stamp>("consumeTimeStamp"),
      json_field<&QueueTimeSpan::delay_time>("delayTime"),
      json_field<&QueueTimeSpan::max_time_stamp>("maxTimeStamp"),
      json_field<&QueueTimeSpan::message_queue>("messageQueue"),
      json_field<&QueueTimeSpan::min_time_stamp>("minTimeStamp"),
  };
  return kFields;
}

JsonFields QueryConsumeTimeSpanBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&QueryConsumeTimeSpanBody::consume_time_span_set>("consumeTimeSpanSet"),
  };
  return kFields;
}

}  // namespace gantry::remoting
