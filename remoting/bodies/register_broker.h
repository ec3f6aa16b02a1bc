// What a broker tells every name server about itself (103): its topics, and its filter servers.
//
//   {"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{...},"topicConfigTable":{"TopicA":{...}}}}
//
// When the request's header says `compressed`, the body is one zlib stream with, behind each other: an i32
// length and the DataVersion as JSON; an i32 count of topics, each an i32 length and "TopicA 8 8 6
// SINGLE_TAG" (name, read queues, write queues, permission, filter type); an i32 length and the filter
// servers as a JSON array. System flags and the order flag of topics do not travel that way. 5.x brokers
// append attributes to the topics and mappings to the end; both are ignored.
#pragma once

#include "remoting/bodies/topic_config.h"
#include "remoting/byte_size.h"
#include "remoting/json_struct.h"

#include <string>
#include <string_view>
#include <vector>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

struct RegisterBrokerBody {
  std::vector<std::string> filter_server_list{};
  TopicConfigSerializeWrapper topic_config_serialize_wrapper{};

  static JsonFields json_fields();
  bool operator==(const RegisterBrokerBody&) const = default;
};

struct RegisterBrokerError {
  // "register-broker body: topic 3 of 12: expected `name readQueues ...`, found `TopicA 8 8`"
  std::string text{};

  const std::string& str() const { return text; }
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const RegisterBrokerError& error,
                                             const boost::source_location& where);

std::string deflate_register_broker(const RegisterBrokerBody& body);

// `limit` is for the inflated size; inflating stops there.
boost::system::result<RegisterBrokerBody, RegisterBrokerError> inflate_register_broker(std::string_view body,
                                                                                       ByteSize limit);

}  // namespace gantry::remoting
