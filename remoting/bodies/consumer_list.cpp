#include "remoting/bodies/consumer_list.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields GetConsumerListByGroupResponseBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&GetConsumerListByGroupResponseBody::consumer_id_list>("consumerIdList"),
  };
  return kFields;
}

}  // namespace gantry::remoting
