// The broker's request handlers, all of them together, with requests that were right before they were
// changed.
#pragma once

#include <span>

namespace gantry::fuzz {

void fuzz_requests(std::span<const char> input);

}  // namespace gantry::fuzz
