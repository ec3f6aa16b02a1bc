// Counts what the test program allocates with new, to show that a path does not allocate at all.
#pragma once

#include <cstddef>

namespace gantry {

// Of the calling thread, since it started.
std::size_t heap_allocations();

}  // namespace gantry
