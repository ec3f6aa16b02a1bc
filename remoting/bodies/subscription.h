// What a consumer group wants of a topic, as clients say it in heartbeats and the broker in answers.
#pragma once

#include "remoting/json_struct.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gantry::remoting {

// code_set holds hash codes of tags, as the client computed them: not to be trusted. C++ clients put nonsense
// there, Go clients hash UTF-8 instead of UTF-16. What the broker matches comes from sub_string or tags_set.
struct SubscriptionData {
  bool class_filter_mode = false;
  std::vector<std::int32_t> code_set{};
  std::string expression_type = "TAG";
  std::string sub_string{};
  std::int64_t sub_version = 0;  // time of the subscription; ms, from Go ns
  std::vector<std::string> tags_set{};
  std::string topic{};

  static JsonFields json_fields();
  bool operator==(const SubscriptionData&) const = default;
};

}  // namespace gantry::remoting
