// Messages: the records of pull bodies and commit logs, batch bodies, properties, ids, compressed bodies.
#pragma once

#include <span>

namespace gantry::fuzz {

// The first byte picks the compression.
void fuzz_decompress(std::span<const char> input);

void fuzz_message_batch(std::span<const char> input);

// Message ids and host addresses, which are both short texts.
void fuzz_message_id(std::span<const char> input);

void fuzz_message_properties(std::span<const char> input);
void fuzz_message_record(std::span<const char> input);

}  // namespace gantry::fuzz
