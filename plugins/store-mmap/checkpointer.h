// Writes the consume queues behind and then the checkpoint, which never says more than is on the disk.
//
// Thread: in the lane `queues`, or nothing else runs, where nothing else is said.
#pragma once

#include "plugins/store-mmap/checkpoint.h"
#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/log_positions.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>

namespace gantry::store {

class Checkpointer {
 public:
  struct Parts {
    ConsumeQueues& queues;
    const LogPositions& positions;
    std::function<IndexPosition()> index;            // what of the index is on the disk
    std::function<std::int64_t()> newest_stored_at;  // of all messages that have a place in the log
  };
  Checkpointer(Parts parts, CheckpointFile file) : parts_(std::move(parts)), file_(std::move(file)) {}

  void start_at(const Checkpoint& checkpoint);

  // The log is about to be cut there: takes back what was claimed of more. Any thread.
  IoResult<void> lower(api::LogOffset end);

  // Does nothing when nothing has changed.
  IoResult<void> write(bool clean = false);

  // Entries of messages before it need never be made again. Any thread.
  api::LogOffset claimed() const { return {claimed_.load(std::memory_order_acquire)}; }

 private:
  struct Moment {
    std::int64_t position;   // the log had come so far
    std::int64_t stored_at;  // and no message from there on was stored before that
  };
  std::int64_t stored_before(std::int64_t position, std::int64_t known) const;

  const Parts parts_;
  std::mutex mutex_;  // guards the next block
  CheckpointFile file_;
  CheckpointTimes times_;
  Claims claims_;
  bool claims_are_written_ = false;
  std::deque<Moment> moments_;

  std::atomic<std::int64_t> claimed_{0};
};

}  // namespace gantry::store
