// What is fuzzed: one function a codec, found by its name. The fuzzer (main.cpp) and the replay of the kept
// inputs (corpora_test.cpp) both go by this table; tests/fuzz/corpus/<name>/ holds a target's inputs.
//
// A target takes any bytes, from one thread, again and again in one process. It aborts when the codec breaks
// a promise (what it wrote is not what it reads back, say); a crash or a sanitizer's report is a finding as
// well.
#pragma once

#include <span>
#include <string_view>

namespace gantry::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::span<const char> input);
};

// In the order of their names.
std::span<const Target> targets();

// nullptr: there is no such target.
const Target* find_target(std::string_view name);

// The promise of a target, on in every build.
void require(bool holds, std::string_view promise);

}  // namespace gantry::fuzz
