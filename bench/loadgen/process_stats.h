// What another process has used: CPU time and memory, as the kernel accounts them.
//
// The kernel charges the work of the loopback interface to whoever caused it, so a server's CPU time includes
// its half of the network stack: that is wanted, a server with fewer system calls shall gain from it.
//
// Needs Linux; the process may belong to someone else for CPU time, not for memory. A process that has
// ended throws std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <time.h>

#include <sys/types.h>

namespace gantry::bench {

struct CpuTime {
  std::chrono::nanoseconds total{};  // exact
  std::chrono::nanoseconds user{};   // user and system: in clock ticks, and split by sampling
  std::chrono::nanoseconds system{};
};

struct MemoryUse {
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;  // heap, stacks
  std::uint64_t file_bytes = 0;       // mapped files and program text that are resident: resident - anonymous
  std::uint64_t page_table_bytes = 0;  // not part of resident
};

class ProcessStats {
 public:
  explicit ProcessStats(pid_t pid);

  // All threads, those that have ended included: the process's CPU clock, not a sum over /proc/<pid>/task,
  // which forgets them.
  CpuTime cpu() const;
  MemoryUse memory() const;

 private:
  pid_t pid_;
  clockid_t clock_;
};

}  // namespace gantry::bench
