// Configuration: as a file in TOML, and as the properties text of a file or of a request from the network.
#pragma once

#include <span>

namespace gantry::fuzz {

// A configuration without a mistake is printed and read back as the same one.
void fuzz_config_toml(std::span<const char> input);

// What was read is written and read back as the same; a request changes only what may be changed by wire.
void fuzz_properties_text(std::span<const char> input);

}  // namespace gantry::fuzz
