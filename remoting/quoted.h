// Text from outside, made fit for an error message or a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::remoting {

// In double quotes, with quotes, backslashes and all that is not printable ASCII as \xNN; of more than
// `at_most` bytes only the start, followed by how many there are: "abc"... (70000 bytes).
std::string quoted(std::string_view text, std::size_t at_most = 64);

}  // namespace gantry::remoting
