#include "tests/fuzz/byte_size_targets.h"

#include "remoting/byte_size.h"
#include "tests/fuzz/targets.h"

namespace gantry::fuzz {

void fuzz_byte_size(std::span<const char> input) {
  const auto size = ByteSize::parse({input.data(), input.size()});
  if (size) require(ByteSize::parse(size->str()) == size, "a size is read back as it was written");
}

}  // namespace gantry::fuzz
