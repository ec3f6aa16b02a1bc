// A whole run: the threads, the measured window, and the server's use of the machine in it.
#pragma once

#include "bench/loadgen/process_stats.h"
#include "bench/loadgen/tally.h"
#include "bench/loadgen/workload.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <netinet/in.h>
#include <sys/types.h>

namespace gantry::bench {

struct LoadPlan {
  sockaddr_in server{};
  std::size_t connections = 4;  // of all threads together
  std::size_t window = 64;      // in flight, for each connection
  std::size_t threads = 1;
  std::optional<double> rate;  // requests per second of all threads together; none: closed window
  std::chrono::nanoseconds warmup = std::chrono::seconds(2);
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  std::chrono::nanoseconds patience = std::chrono::seconds(10);  // for the last answers
  std::uint64_t seed = 1;
  std::optional<pid_t> server_pid;
};

struct ServerUse {
  CpuTime cpu;  // within the measured window
  MemoryUse memory_before;
  MemoryUse memory_after;
};

struct LoadResult {
  Tally tally;
  std::chrono::nanoseconds elapsed{};  // the measured window
  std::uint64_t answers = 0;           // received in it
  // That those stand for; 0 when the workload has none. Both are counted while the threads go on: at either
  // end of the measurement, one answer a thread can be in one number and not in the other.
  std::uint64_t messages = 0;
  std::chrono::nanoseconds generator_cpu{};  // used by this process in it
  std::optional<ServerUse> server;
};

// Throws std::runtime_error when the server cannot be reached or observed. What goes wrong later is in
// the tally: look at all_answers_right().
LoadResult run_load(const LoadPlan& plan, const Workload& workload);

}  // namespace gantry::bench
