// The way into the log. Bursts that meet here are written together: who finds the log free writes his burst
// and those of all who come meanwhile, who go on at once and hear of it later.
//
// No caller is kept for long, and none waits for another: after a few rounds, or a write that stalled, or
// when the log's next file has to be made first, the lane `append` goes on in the caller's place, and bursts
// take that way until writing flows again. docs/decisions/0010 has the figures.
//
// Thread: any, where nothing else is said.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/message_store.h"
#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/encoded_burst.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_positions.h"
#include "plugins/store-mmap/log_writer.h"
#include "plugins/store-mmap/queue_entry.h"
#include "plugins/store-mmap/write_gate.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gantry::store {

// A burst that stands in the log. What happens to it next is the durability's business.
using WrittenBursts = std::vector<std::unique_ptr<EncodedBurst>>;

class Appender {
 public:
  struct Settings {
    std::size_t largest_body = std::size_t{4} << 20;
    std::size_t most_waiting = std::size_t{64} << 20;  // bytes that are not acknowledged
    std::chrono::nanoseconds busy_after = std::chrono::seconds(1);
    bool always_on_lane = false;
  };
  struct Parts {
    LogFiles& files;
    LogWriter& writer;
    ConsumeQueues& queues;
    LogPositions& positions;
    WriteGate& gate;
    Lanes& lanes;
    const api::Clock& clock;
  };
  // `written` is handed what was written, in the log's order, by whoever wrote it; it must not wait. It gives
  // the bursts back by spare() once they have been told. `trouble` hears of errors, once for each.
  Appender(const Parts& parts, const Settings& settings, std::function<void(WrittenBursts&)> written,
           std::function<void(const IoError&)> trouble);

  void append(std::unique_ptr<api::AppendBurst> burst);

  // After errors: tries to mend what keeps the log from taking messages. The lane `append` does it.
  void try_again();

  // Now and then: senders whose messages wait too long to be written are told so, also while the disk keeps
  // whoever writes. Thread: any.
  void give_up_on_late();

  // For a while alone with the log's end, in the lane `append`, as soon as what is being written is done;
  // bursts wait meanwhile.
  void alone(std::function<void()> job);

  // The lanes are stopped and the gate is closed: refuses what still waits, once no caller is writing any
  // more.
  void finish();

  // Takes back a burst that has been told.
  void spare(std::unique_ptr<EncodedBurst> burst);

  // The time at which the newest message was stored; messages never get one before it.
  std::int64_t newest_stored_at() const { return stored_at_.load(std::memory_order_relaxed); }
  void start_at_time(std::int64_t ms) { stored_at_ = ms; }

 private:
  enum class Where : std::uint8_t { caller, lane };
  // What of the bursts at hand has offsets and waits to be written with one call.
  struct Run;

  std::unique_ptr<EncodedBurst> take_spare();
  void refuse(std::unique_ptr<EncodedBurst> burst, const api::Refusal& why);
  bool enqueue(std::unique_ptr<EncodedBurst>& burst, bool& first);
  void go_on(Where where);
  void hand_to_lane();
  bool one_round(Where where);
  bool needs_lane(std::size_t bytes) const;
  void write();
  IoResult<void> write_all(Run& run);
  IoResult<void> write_run(Run& run);
  void add_entries(const EncodedBurst& burst, std::size_t first, std::size_t end);
  void refuse_from(const Run& run, const api::Refusal& why);
  void failed(const IoError& error, Closed why);
  void sync_failed(const IoError& error);
  bool ready_to_write();
  void prepare_next_file();
  void note_pace(std::chrono::nanoseconds took, std::size_t bytes);
  api::Refusal busy(std::chrono::nanoseconds waited) const;

  const Parts parts_;
  const Settings settings_;
  const std::function<void(WrittenBursts&)> written_;
  const std::function<void(const IoError&)> trouble_;

  std::mutex mutex_;
  WrittenBursts waiting_;                    // guarded by mutex_
  std::size_t waiting_bytes_ = 0;            // guarded by mutex_: of those
  std::vector<std::function<void()>> jobs_;  // guarded by mutex_: to be run alone
  bool writing_ = false;                     // guarded by mutex_: somebody has the append lock
  bool with_lane_ = false;                   // guarded by mutex_: the lane has it, or will have it
  std::condition_variable caller_done_;

  // The append lock's holder only.
  WrittenBursts at_hand_;
  std::vector<iovec> pieces_;
  std::vector<QueueEntry> entries_;
  int fast_writes_ = 0;
  api::LogOffset preparing_;  // the file that the lane `allocate` was asked for

  std::atomic<bool> slow_{false};
  std::atomic<std::size_t> unacknowledged_{0};  // bytes
  std::atomic<std::int64_t> stored_at_{0};

  std::mutex spare_mutex_;
  WrittenBursts spare_;
};

}  // namespace gantry::store
