// Command headers in both serializations: what decodes, encodes, and decodes again to the same command.
#pragma once

#include <span>

namespace gantry::fuzz {

void fuzz_header_json(std::span<const char> input);
void fuzz_header_binary(std::span<const char> input);

}  // namespace gantry::fuzz
