// Counts what the test program allocates with new, to show that a path does not allocate at all.
#pragma once

#include <cstddef>

namespace gantry {

// False under ThreadSanitizer, which has an operator new of its own that cannot be replaced.
bool heap_is_counted();

// Of the calling thread, since it started.
std::size_t heap_allocations();

}  // namespace gantry
