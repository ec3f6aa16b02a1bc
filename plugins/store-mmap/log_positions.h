// How far the log is: where it ends, and what of it can be seen and what is on the disk.
#pragma once

#include "kernel/api/positions.h"

#include <atomic>
#include <cstdint>

namespace gantry::store {

// flushed <= written, and visible <= written. Thread: any reads; each is moved by one owner at a time.
struct LogPositions {
  std::atomic<std::int64_t> written{0};  // the end of what has offsets; the one who appends
  std::atomic<std::int64_t> visible{0};  // what readers see; whoever publishes
  std::atomic<std::int64_t> flushed{0};  // what is on the disk; lane flush

  void start_at(api::LogOffset end, api::LogOffset on_disk) {
    written = end.value;
    visible = end.value;
    flushed = on_disk.value;
  }
};

}  // namespace gantry::store
