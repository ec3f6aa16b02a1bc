#include "remoting/bodies/reset_offset.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields ResetOffsetBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ResetOffsetBody::offset_table>("offsetTable"),
  };
  return kFields;
}

JsonFields MessageQueueForC::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&MessageQueueForC::broker_name>("brokerName"),
      json_field<&MessageQueueForC::offset>("offset"),
      json_field<&MessageQueueForC::queue_id>("queueId"),
      json_field<&MessageQueueForC::topic>("topic"),
  };
  return kFields;
}

JsonFields ResetOffsetBodyForC::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ResetOffsetBodyForC::offset_table>("offsetTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
