// Puts records at the end of the log's files: closes a file that is full with a blank, goes on in the next
// one, and leaves nothing behind the log's end when a write fails.
//
// Thread: the one who appends; one at a time.
#pragma once

#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/memory_pool.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <sys/uio.h>

namespace gantry::store {

class LogWriter {
 public:
  // With a pool, records go there; into the files they come when it is committed.
  // With `zeros_ahead`, so many bytes behind the log's end are written as zeros before records take their
  // place. The blocks of a file that was only allocated are marked as written when they first are, which
  // makes a sync wait for the file system's journal, too: now it does so once for many syncs.
  explicit LogWriter(LogFiles& files, MemoryPool* pool = nullptr, std::int64_t zeros_ahead = 0)
      : files_(files), pool_(pool), zeros_ahead_(zeros_ahead) {}

  void start_at(api::LogOffset end) {
    end_ = dirty_to_ = zeros_to_ = end;
    file_ = files_.holding(end);
  }
  api::LogOffset end() const { return end_; }

  // How many bytes of records fit the file in which the log ends; 0 when it has none yet.
  std::int64_t room() const;
  // Where the file begins that comes after that one, and whether it is there.
  api::LogOffset next_start() const { return file_ ? file_->end() : end_; }
  bool next_is_there() const { return files_.holding(next_start()) != nullptr; }
  // Whether records of that many bytes can be written without making a file, however they are cut by the
  // boundary between the one in which the log ends and the next.
  bool fit_files_there(std::int64_t bytes) const;

  // Writes pieces of `bytes` bytes, which fit room(), and moves the end behind them.
  IoResult<void> write(std::span<const iovec> pieces, std::int64_t bytes);

  // Closes the file with a blank, if there is one, and goes on in the next. Makes that if it must, and then
  // waits for the disk.
  IoResult<void> roll();

  // After a failed write: makes zeros of what it may have left. Nothing may be written before this succeeds.
  IoResult<void> clean_up();
  // Then it never will.
  bool sync_failed() const { return file_ && file_->sync_failed(); }
  // Whether writing that much need not wait for a pool that is full.
  bool at_once(std::size_t bytes) const { return !pool_ || bytes + 4096 <= pool_->room(); }
  bool clean() const { return dirty_to_ == end_; }

 private:
  IoResult<void> write_zeros_ahead(File& file, api::LogOffset behind);
  IoResult<void> put(std::span<const iovec> pieces, std::int64_t bytes, api::LogOffset goes_on_at);

  LogFiles& files_;
  MemoryPool* const pool_;
  const std::int64_t zeros_ahead_;
  std::shared_ptr<LogFile> file_;  // holds end_; nullptr: the log ends where a file would begin
  api::LogOffset end_;
  api::LogOffset dirty_to_;  // a failed write may have left bytes up to here
  api::LogOffset zeros_to_;  // were written ahead
};

}  // namespace gantry::store
