#include "remoting/bodies/message_queue.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields MessageQueue::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&MessageQueue::broker_name>("brokerName"),
      json_field<&MessageQueue::queue_id>("queueId"),
      json_field<&MessageQueue::topic>("topic"),
  };
  return kFields;
}

}  // namespace gantry::remoting
