#include "remoting/bodies/consume_queue_dump.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields ConsumeQueueData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumeQueueData::bit_map>("bitMap"),
      json_field<&ConsumeQueueData::eval>("eval"),
      json_field<&ConsumeQueueData::extend_data_json>("extendDataJson"),
      json_field<&ConsumeQueueData::msg>("msg"),
      json_field<&ConsumeQueueData::physic_offset>("physicOffset"),
      json_field<&ConsumeQueueData::physic_size>("physicSize"),
      json_field<&ConsumeQueueData::tags_code>("tagsCode"),
  };
  return kFields;
}

JsonFields QueryConsumeQueueResponseBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&QueryConsumeQueueResponseBody::filter_data>("filterData"),
      json_field<&QueryConsumeQueueResponseBody::max_queue_index>("maxQueueIndex"),
      json_field<&QueryConsumeQueueResponseBody::min_queue_index>("minQueueIndex"),
      json_field<&QueryConsumeQueueResponseBody::queue_data>("queueData"),
      json_field<&QueryConsumeQueueResponseBody::subscription_data>("subscriptionData"),
  };
  return kFields;
}

}  // namespace gantry::remoting
