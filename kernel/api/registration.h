// Extension point: add to what the broker tells the name servers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gantry::api {

// What a plugin adds; what it leaves out stays as it is.
struct RegistrationPart {
  std::optional<std::int64_t> broker_id;  // the role: 0 takes messages
  std::optional<std::string> ha_address;  // where slaves connect to, "host:port"
  std::vector<std::string> filter_servers;
};

// Thread: the kernel's registration timer; it must not wait. An exception leaves this part out of one
// registration.
class Registration {
 public:
  virtual ~Registration() = default;

  // Asked before each registration: what has changed is told at the next one, within `registration_interval`.
  // The broker takes messages as before whatever id it is registered with. Two plugins that both give a
  // broker id or an address: the start is refused.
  virtual RegistrationPart part() = 0;
};

}  // namespace gantry::api
