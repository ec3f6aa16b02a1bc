#include "remoting/bodies/offset_moved.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields OffsetMovedEvent::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&OffsetMovedEvent::consumer_group>("consumerGroup"),
      json_field<&OffsetMovedEvent::message_queue>("messageQueue"),
      json_field<&OffsetMovedEvent::offset_new>("offsetNew"),
      json_field<&OffsetMovedEvent::offset_request>("offsetRequest"),
  };
  return kFields;
}

}  // namespace gantry::remoting
