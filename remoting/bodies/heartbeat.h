// What a client tells a broker every 30 s (34): the groups that it produces and consumes for.
//
// C++ clients send enums as numbers and times as strings, and leave out empty sets; Go sends hash codes as
// strings.
#pragma once

#include "remoting/bodies/subscription.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gantry::remoting {

enum class ConsumeType : std::uint8_t { actively = 0, passively = 1, pop = 2 };
JsonEnum json_enum(ConsumeType);

enum class MessageModel : std::uint8_t { broadcasting = 0, clustering = 1 };
JsonEnum json_enum(MessageModel);

// Where a group starts on a queue that it has no offset for.
enum class ConsumeFromWhere : std::uint8_t {
  last_offset = 0,
  last_offset_and_from_min_when_boot_first = 1,
  min_offset = 2,
  max_offset = 3,
  first_offset = 4,
  timestamp = 5
};
JsonEnum json_enum(ConsumeFromWhere);

struct ProducerData {
  std::string group_name{};

  static JsonFields json_fields();
  bool operator==(const ProducerData&) const = default;
};

struct ConsumerData {
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::last_offset;
  ConsumeType consume_type = ConsumeType::actively;
  std::string group_name{};
  MessageModel message_model = MessageModel::clustering;
  std::vector<SubscriptionData> subscription_data_set{};
  bool unit_mode = false;

  static JsonFields json_fields();
  bool operator==(const ConsumerData&) const = default;
};

struct HeartbeatData {
  std::string client_id{};
  std::vector<ConsumerData> consumer_data_set{};
  std::vector<ProducerData> producer_data_set{};

  static JsonFields json_fields();
  bool operator==(const HeartbeatData&) const = default;
};

}  // namespace gantry::remoting
