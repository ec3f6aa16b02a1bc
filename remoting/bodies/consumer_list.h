// The ids of all live clients of a group (38). A client that does not find itself in it stops consuming, so a
// partial list is never sent.
#pragma once

#include "remoting/json_struct.h"

#include <string>
#include <vector>

namespace gantry::remoting {

struct GetConsumerListByGroupResponseBody {
  std::vector<std::string> consumer_id_list{};

  static JsonFields json_fields();
  bool operator==(const GetConsumerListByGroupResponseBody&) const = default;
};

}  // namespace gantry::remoting
