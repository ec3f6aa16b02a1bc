// The version of a table that its owner changes and others copy: {"counter":3,"timestamp":1700000000000}.
#pragma once

#include "remoting/json_struct.h"

#include <cstdint>
#include <optional>

namespace gantry::remoting {

struct DataVersion {
  std::int64_t counter = 0;
  std::int64_t timestamp = 0;
  std::optional<std::int64_t> state_version =
      std::nullopt;  // of 5.x senders; 4.x neither writes nor expects it

  static JsonFields json_fields();
  bool operator==(const DataVersion& other) const {
    return counter == other.counter && timestamp == other.timestamp &&
           state_version.value_or(0) == other.state_version.value_or(0);
  }
};

}  // namespace gantry::remoting
