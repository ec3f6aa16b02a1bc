// The topics that a measurement uses: the registration makes them, the route queries ask for them.
#pragma once

#include <cstddef>
#include <string>

namespace gantry::bench {

// All names have the same length up to a hundred million topics, so that all answers have too.
inline std::string topic_name(std::size_t number) {
  return "bench-topic-" + std::to_string(100'000'000 + number).substr(1);
}

}  // namespace gantry::bench
