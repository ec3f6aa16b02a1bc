// What was thrown, as text: also what is no std::exception, which plugins may throw like any C++ code.
#pragma once

#include <string>

namespace gantry::kernel {

// Only inside a catch block.
std::string text_of_what_was_thrown();

}  // namespace gantry::kernel
