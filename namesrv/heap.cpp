#include "namesrv/heap.h"

#include <malloc.h>

namespace gantry::namesrv {

void use_one_heap() {
  ::mallopt(M_ARENA_MAX, 1);
}

void return_freed_memory() {
  ::malloc_trim(0);
}

}  // namespace gantry::namesrv
