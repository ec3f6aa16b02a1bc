// Text from outside, made fit for an error message or a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::remoting {

struct Quote {
  // In double quotes, with quotes, backslashes and all that is not printable ASCII as \xNN; of more than
  // `at_most` bytes only the start, followed by how many there are: "abc"... (70000 bytes).
  std::string operator()(std::string_view text, std::size_t at_most = 64) const;
};

// To be called like a function, which it is not: with a std::string that would be std::quoted's call.
inline constexpr Quote quoted;

}  // namespace gantry::remoting
