#include "remoting/bodies/topic_list.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields TopicList::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicList::broker_addr>("brokerAddr"),
      json_field<&TopicList::topic_list>("topicList"),
  };
  return kFields;
}

}  // namespace gantry::remoting
