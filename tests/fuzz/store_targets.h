// What opens the directory of a message store.
#pragma once

#include <span>

namespace gantry::fuzz {

// A store's directory with some of its files' bytes changed: which, and how, is the input. Opening it either
// refuses, with a sentence, or gives a store in which nothing can be read that the log does not have.
void fuzz_store_directory(std::span<const char> input);

}  // namespace gantry::fuzz
