#include "tests/unit/remoting/heap_count.h"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocations = 0;
}

std::size_t gantry::heap_allocations() {
  return allocations;
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GANTRY_HEAP_IS_NOT_COUNTED
#endif
#endif

#ifdef GANTRY_HEAP_IS_NOT_COUNTED

bool gantry::heap_is_counted() {
  return false;
}

#else

bool gantry::heap_is_counted() {
  return true;
}

// The array forms too: a sanitizer's own would not come by here.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

void* operator new[](std::size_t size) {
  return operator new(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

#endif
