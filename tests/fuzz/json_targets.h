// JSON of the protocol. Bodies: what decodes, encodes, and decodes again to the same. The reader: skipping
// and reading agree on what is JSON, and on how far it goes.
#pragma once

#include <span>

namespace gantry::fuzz {

void fuzz_json_bodies(std::span<const char> input);  // the first byte chooses the body
void fuzz_json_reader(std::span<const char> input);
void fuzz_register_broker(std::span<const char> input);  // what its deflated form inflates to

}  // namespace gantry::fuzz
