// Memory in which records wait to be written to the log's files: what Apache calls its transient store pool.
// It is locked, so that it is never swapped out; where the process may not lock that much, it is not, and
// says so.
//
// Thread: stage() the one who appends; commit() one at a time; the rest any.
#pragma once

#include "plugins/store-mmap/log_files.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include <sys/uio.h>

namespace gantry::store {

class MemoryPool {
 public:
  explicit MemoryPool(std::size_t size);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  const std::optional<std::string>& warning() const { return warning_; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return size_ - used_.load(std::memory_order_acquire); }

  // Copies pieces of `bytes` bytes, which fit room(); they belong at `at` of the file. With them the log has
  // come to `end`: behind a blank that is the next file.
  void stage(const std::shared_ptr<LogFile>& file, std::int64_t at, std::span<const iovec> pieces,
             std::size_t bytes, api::LogOffset end);

  // Writes what is staged, in order. After an error the rest stays and the next call goes on with it.
  IoResult<void> commit();
  // Then no commit() succeeds any more.
  bool sync_failed() const { return sync_failed_.load(std::memory_order_relaxed); }
  // What was larger than all of the pool went into the file directly, with nothing staged before it.
  void written_around(api::LogOffset end);
  // Up to where the log is written; nullopt: nothing was ever staged.
  std::optional<api::LogOffset> committed() const;

 private:
  struct Piece {
    std::shared_ptr<LogFile> file;
    std::int64_t at = 0;
    std::size_t from = 0;  // in memory_
    std::size_t size = 0;
    api::LogOffset end;  // where the log has come with it
  };

  const std::size_t size_;
  char* memory_ = nullptr;
  std::optional<std::string> warning_;
  std::size_t next_ = 0;  // where stage() goes on; the one who appends
  std::atomic<std::size_t> used_{0};
  std::atomic<bool> sync_failed_{false};

  std::mutex committing_;
  bool half_written_ = false;  // guarded by committing_: the front piece, by a write that failed
  mutable std::mutex mutex_;
  std::deque<Piece> pieces_;                 // guarded by mutex_
  std::optional<api::LogOffset> committed_;  // guarded by mutex_
};

}  // namespace gantry::store
