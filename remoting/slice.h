// A piece of an answer's or request's body, and who keeps its bytes alive.
#pragma once

#include <memory>
#include <string_view>

namespace gantry::remoting {

// With a pin the bytes are sent from where they lie and the pin is let go once the kernel has them.
// Without one they are copied before the call that takes the slice returns.
struct Slice {
  std::string_view bytes;
  std::shared_ptr<const void> pin;
};

}  // namespace gantry::remoting
