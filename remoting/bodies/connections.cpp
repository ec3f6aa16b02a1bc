#include "remoting/bodies/connections.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields ClientConnection::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ClientConnection::client_addr>("clientAddr"),
      json_field<&ClientConnection::client_id>("clientId"),
      json_field<&ClientConnection::language>("language"),
      json_field<&ClientConnection::version>("version"),
  };
  return kFields;
}

JsonFields ConsumerConnection::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumerConnection::connection_set>("connectionSet"),
      json_field<&ConsumerConnection::consume_from_where>("consumeFromWhere"),
      json_field<&ConsumerConnection::consume_type>("consumeType"),
      json_field<&ConsumerConnection::message_model>("messageModel"),
      json_field<&ConsumerConnection::subscription_table>("subscriptionTable"),
  };
  return kFields;
}

JsonFields ProducerConnection::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ProducerConnection::connection_set>("connectionSet"),
  };
  return kFields;
}

JsonFields ProducerInfo::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ProducerInfo::client_id>("clientId"),
      json_field<&ProducerInfo::language>("language"),
      json_field<&ProducerInfo::last_update_timestamp>("lastUpdateTimestamp"),
      json_field<&ProducerInfo::remote_ip>("remoteIP"),
      json_field<&ProducerInfo::version>("version"),
  };
  return kFields;
}

JsonFields ProducerTableInfo::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ProducerTableInfo::data>("data"),
  };
  return kFields;
}

}  // namespace gantry::remoting
