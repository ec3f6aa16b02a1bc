// Makes the log durable, and acknowledges and shows messages when the configuration promises it:
//
//            acknowledged     shown to readers
//   async    when written     when written        synced from time to time
//   sync     when synced      when synced         one sync for all that wait; the next ones gather meanwhile
//   pool     when in memory   when written        written and synced from time to time
//
// A sync that failed is never tried again: what it did to the disk is unknown. The log takes nothing more
// then, and only a restart finds out what is there.
//
// Thread: any, where nothing else is said.
#pragma once

#include "kernel/api/clock.h"
#include "plugins/store-mmap/appender.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/log_positions.h"
#include "plugins/store-mmap/memory_pool.h"
#include "plugins/store-mmap/store_config.h"
#include "plugins/store-mmap/watchers.h"
#include "plugins/store-mmap/write_gate.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace gantry::store {

class Flusher {
 public:
  struct Settings {
    Flush flush = Flush::sync;
    std::int64_t least_bytes = 4 * 4096;
    std::chrono::nanoseconds thorough_interval = std::chrono::seconds(10);
    std::chrono::nanoseconds give_up_after = std::chrono::seconds(5);
  };
  struct Parts {
    LogFiles& files;
    LogPositions& positions;
    WriteGate& gate;
    Lanes& lanes;
    const api::Clock& clock;
    const Watchers& watchers;
    MemoryPool* pool;  // of Flush::pool
  };
  Flusher(const Parts& parts, const Settings& settings, std::function<void(const IoError&)> trouble)
      : parts_(parts), settings_(settings), trouble_(std::move(trouble)) {}

  // What recovery found ends there; what of it is not on the disk is written anew before it is synced.
  // Before anything else.
  void start_at(api::LogOffset found_to) { found_to_ = found_to; }

  // From whoever wrote them, in the log's order. `spare` takes bursts back.
  void written(WrittenBursts& bursts, const std::function<void(std::unique_ptr<EncodedBurst>)>& spare);

  // Lane flush, every flush_interval: syncs what has gathered, if that is enough or has waited long enough.
  void tick();
  // Pool, every commit_interval, lane flush; and lane append when the pool is full.
  IoResult<void> commit();
  // Everything that is written is on the disk when this returns. Lane flush, or nothing else runs.
  IoResult<void> flush();

  // Now and then: senders that wait for a sync too long are told so. Their messages stand in the log all the
  // same.
  void give_up_on_late();

 private:
  struct Waiting {
    std::unique_ptr<EncodedBurst> burst;
    bool told = false;  // its sender
  };

  static void show(EncodedBurst& burst, std::vector<api::GrownQueue>& grown);
  void run_flushes();
  IoResult<void> sync_to(api::LogOffset end);
  IoResult<void> sync_file(LogFile& file, api::LogOffset from);
  void release(api::LogOffset end);
  void fail_waiting(const api::Refusal& why);

  const Parts parts_;
  const Settings settings_;
  const std::function<void(const IoError&)> trouble_;
  std::function<void(std::unique_ptr<EncodedBurst>)> spare_;
  api::LogOffset found_to_;

  std::mutex mutex_;
  std::deque<Waiting> waiting_;  // guarded by mutex_: written and not shown yet, in the log's order
  bool flushing_ = false;        // guarded by mutex_: run_flushes() is under way or posted

  std::chrono::steady_clock::time_point last_flush_{};  // lane flush
};

}  // namespace gantry::store
