#include "remoting/bodies/subscription_group.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields SubscriptionGroupConfig::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&SubscriptionGroupConfig::broker_id>("brokerId"),
      json_field<&SubscriptionGroupConfig::consume_broadcast_enable>("consumeBroadcastEnable"),
      json_field<&SubscriptionGroupConfig::consume_enable>("consumeEnable"),
      json_field<&SubscriptionGroupConfig::consume_from_min_enable>("consumeFromMinEnable"),
      json_field<&SubscriptionGroupConfig::group_name>("groupName"),
      json_field<&SubscriptionGroupConfig::notify_consumer_ids_changed_enable>(
          "notifyConsumerIdsChangedEnable"),
      json_field<&SubscriptionGroupConfig::retry_max_times>("retryMaxTimes"),
      json_field<&SubscriptionGroupConfig::retry_queue_nums>("retryQueueNums"),
      json_field<&SubscriptionGroupConfig::which_broker_when_consume_slowly>("whichBrokerWhenConsumeSlowly"),
  };
  return kFields;
}

JsonFields SubscriptionGroupWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&SubscriptionGroupWrapper::data_version>("dataVersion"),
      json_field<&SubscriptionGroupWrapper::subscription_group_table>("subscriptionGroupTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
