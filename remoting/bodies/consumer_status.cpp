#include "remoting/bodies/consumer_status.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields GetConsumerStatusBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&GetConsumerStatusBody::consumer_table>("consumerTable"),
      json_field<&GetConsumerStatusBody::message_queue_table>("messageQueueTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
