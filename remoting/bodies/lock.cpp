#include "remoting/bodies/lock.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields LockBatchRequestBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&LockBatchRequestBody::client_id>("clientId"),
      json_field<&LockBatchRequestBody::consumer_group>("consumerGroup"),
      json_field<&LockBatchRequestBody::mq_set>("mqSet"),
  };
  return kFields;
}

JsonFields LockBatchResponseBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&LockBatchResponseBody::lock_ok_mq_set>("lockOKMQSet"),
  };
  return kFields;
}

}  // namespace gantry::remoting
