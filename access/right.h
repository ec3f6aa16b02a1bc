// What a request needs its sender to be allowed.
#pragma once

#include <cstdint>
#include <string_view>

namespace gantry::access {

// Every request code and every HTTP route declares one of these; there is no default.
enum class Right : std::uint8_t {
  open,        // whoever may connect: routes, the client's own presence
  publish,     // write to the topic that the request names
  consume,     // read the topic, or act for the group, that the request names
  join,        // be a broker of this cluster
  inspect,     // look at names, figures and settings that belong to nobody in particular
  administer,  // change what others depend on
};

std::string_view name_of(Right right);

}  // namespace gantry::access
