#include "remoting/bodies/subscription.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields SubscriptionData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&SubscriptionData::class_filter_mode>("classFilterMode"),
      json_field<&SubscriptionData::code_set>("codeSet"),
      json_field<&SubscriptionData::expression_type>("expressionType"),
      json_field<&SubscriptionData::sub_string>("subString"),
      json_field<&SubscriptionData::sub_version>("subVersion"),
      json_field<&SubscriptionData::tags_set>("tagsSet"),
      json_field<&SubscriptionData::topic>("topic"),
  };
  return kFields;
}

}  // namespace gantry::remoting
