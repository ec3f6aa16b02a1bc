// Tables of names and values: the figures of a broker (28), and the name server's KV configuration on disk.
#pragma once

#include "remoting/json_struct.h"

#include <map>
#include <string>

namespace gantry::remoting {

struct KVTable {
  std::map<std::string, std::string> table{};

  static JsonFields json_fields();
  bool operator==(const KVTable&) const = default;
};

// kvConfig.json.
struct KVConfigSerializeWrapper {
  std::map<std::string, std::map<std::string, std::string>> config_table{};  // by namespace

  static JsonFields json_fields();
  bool operator==(const KVConfigSerializeWrapper&) const = default;
};

}  // namespace gantry::remoting
