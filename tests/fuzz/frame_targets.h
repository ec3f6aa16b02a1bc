// Fuzzed here: remoting/frame.h with the header behind it.
#pragma once

#include <span>

namespace gantry::fuzz {

// The input is what a connection reads: frames are cut off it and their headers decoded, as a session does.
void fuzz_frame(std::span<const char> input);

}  // namespace gantry::fuzz
