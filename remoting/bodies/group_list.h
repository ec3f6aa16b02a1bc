// Names of consumer groups.
#pragma once

#include "remoting/json_struct.h"

#include <string>
#include <vector>

namespace gantry::remoting {

struct GroupList {
  std::vector<std::string> group_list{};

  static JsonFields json_fields();
  bool operator==(const GroupList&) const = default;
};

}  // namespace gantry::remoting
