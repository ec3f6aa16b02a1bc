// Who this broker is.
#pragma once

#include "remoting/host_address.h"

#include <cstdint>
#include <string>

namespace gantry::api {

// Fixed from start to end.
struct BrokerIdentity {
  std::string cluster;
  std::string name;
  std::int64_t id = 0;         // 0: the one that takes messages under this name
  std::string version;         // of the program, "0.1.0"
  std::string address;         // "host:port", as clients reach it
  remoting::HostAddress host;  // the same as it stands in records and message ids
};

}  // namespace gantry::api
