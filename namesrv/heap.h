// What keeps a name server small: glibc gives each thread a heap of its own and keeps what was freed in them.
#pragma once

namespace gantry::namesrv {

// One heap for all threads. Answering allocates nothing, so there is nothing to contend for. At the program's
// start, before there are threads.
void use_one_heap();

// Gives freed memory back to the system. Costs milliseconds: after work that took megabytes for a moment.
void return_freed_memory();

}  // namespace gantry::namesrv
