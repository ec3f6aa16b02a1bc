// What the broker reads from disk: the files of an Apache broker.
#pragma once

#include <span>

namespace gantry::fuzz {

// The first byte chooses the file. What was read is written and read back as the same, set aside included.
void fuzz_apache_config(std::span<const char> input);

}  // namespace gantry::fuzz
