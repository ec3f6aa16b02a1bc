#include "remoting/bodies/heartbeat.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {
namespace {

constexpr std::string_view kConsumeTypes[] = {"CONSUME_ACTIVELY", "CONSUME_PASSIVELY", "CONSUME_POP"};

constexpr std::string_view kMessageModels[] = {"BROADCASTING", "CLUSTERING"};

constexpr std::string_view kConsumeFromWheres[] = {
    "CONSUME_FROM_LAST_OFFSET",  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
    "CONSUME_FROM_MIN_OFFSET",   "CONSUME_FROM_MAX_OFFSET",
    "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP"};

}  // namespace

JsonEnum json_enum(ConsumeType) {
  return {"CONSUME_ACTIVELY, CONSUME_PASSIVELY or CONSUME_POP", kConsumeTypes};
}

JsonEnum json_enum(MessageModel) {
  return {"BROADCASTING or CLUSTERING", kMessageModels};
}

JsonEnum json_enum(ConsumeFromWhere) {
  return {"CONSUME_FROM_LAST_OFFSET or another name of that enum", kConsumeFromWheres};
}

JsonFields ProducerData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ProducerData::group_name>("groupName"),
  };
  return kFields;
}

JsonFields ConsumerData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumerData::consume_from_where>("consumeFromWhere"),
      json_field<&ConsumerData::consume_type>("consumeType"),
      json_field<&ConsumerData::group_name>("groupName"),
      json_field<&ConsumerData::message_model>("messageModel"),
      json_field<&ConsumerData::subscription_data_set>("subscriptionDataSet"),
      json_field<&ConsumerData::unit_mode>("unitMode"),
  };
  return kFields;
}

JsonFields HeartbeatData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&HeartbeatData::client_id>("clientID"),
      json_field<&HeartbeatData::consumer_data_set>("consumerDataSet"),
      json_field<&HeartbeatData::producer_data_set>("producerDataSet"),
  };
  return kFields;
}

}  // namespace gantry::remoting
