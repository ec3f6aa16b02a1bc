// Sizes as a person writes them.
#pragma once

#include <span>

namespace gantry::fuzz {

void fuzz_byte_size(std::span<const char> input);

}  // namespace gantry::fuzz
