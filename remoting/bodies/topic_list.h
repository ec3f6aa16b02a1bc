// Names of topics, all or by some rule; of one broker where broker_addr is set.
#pragma once

#include "remoting/json_struct.h"

#include <optional>
#include <string>
#include <vector>

namespace gantry::remoting {

struct TopicList {
  std::optional<std::string> broker_addr{};
  std::vector<std::string> topic_list{};

  static JsonFields json_fields();
  bool operator==(const TopicList&) const = default;
};

}  // namespace gantry::remoting
