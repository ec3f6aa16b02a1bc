#include "remoting/bodies/check_client.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields CheckClientRequestBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&CheckClientRequestBody::client_id>("clientId"),
      json_field<&CheckClientRequestBody::group>("group"),
      json_field<&CheckClientRequestBody::subscription_data>("subscriptionData"),
  };
  return kFields;
}

}  // namespace gantry::remoting
