// Where the store's work in the background runs: a few lanes, each a row of jobs of which one runs at a time.
// In a broker each lane is a thread; in a simulation all of them are one, and a seed says whose turn it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace gantry::store {

enum class Lane : std::uint8_t {
  append,        // bursts that no caller's thread shall write
  flush,         // makes the log durable
  allocate,      // makes log files before they are needed
  queues,        // writes consume queues behind, and the checkpoint
  index,         // follows the log into the key index
  read,          // reads that must wait for the disk
  housekeeping,  // retention, disk space
};
inline constexpr std::size_t kLanes = 7;

// Thread: any.
class Lanes {
 public:
  virtual ~Lanes() = default;

  // Jobs of a lane run in the order of these calls. After stop() none is begun.
  virtual void post(Lane lane, std::function<void()> job) = 0;

  // Once, after the delay, in its lane.
  virtual void post_after(Lane lane, std::chrono::nanoseconds delay, std::function<void()> job) = 0;

  // Waits for what is running; drops the rest.
  virtual void stop() = 0;
};

}  // namespace gantry::store
