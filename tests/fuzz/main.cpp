// fuzz-gantry: libFuzzer's entry points, one program for all targets.
//
// GANTRY_FUZZ_TARGET=message_record fuzz-gantry ...  feeds that target alone; this is how scripts/test.sh
// runs it. Without the variable the first byte of each input chooses the target, and the rest is its input.
#include "tests/fuzz/targets.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace {

const gantry::fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* name = std::getenv("GANTRY_FUZZ_TARGET");
  if (name == nullptr) return 0;
  chosen = gantry::fuzz::find_target(name);
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "fuzz-gantry: GANTRY_FUZZ_TARGET=%s is no target; there is", name);
  for (const auto& target : gantry::fuzz::targets())
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  std::fputc('\n', stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span input(reinterpret_cast<const char*>(data), size);
  const auto* target = chosen;
  if (target == nullptr) {
    if (input.empty()) return -1;
    const auto targets = gantry::fuzz::targets();
    target = &targets[data[0] % targets.size()];
    input = input.subspan(1);
  }
  target->run(input);
  return 0;
}
