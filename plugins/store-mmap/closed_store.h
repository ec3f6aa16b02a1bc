// A store directory that no broker has open, for tools that look into it. It is held by a lock that changes
// nothing, for as long as this object lives, so that no broker starts on it meanwhile.
//
//   auto closed = ClosedStore::look(disk, root, settings, found);
//   if (!closed) ...   // a sentence: it is in use, or is no store
//
// Thread: one at a time.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/checkpoint.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/index_file.h"
#include "plugins/store-mmap/log_row.h"
#include "plugins/store-mmap/store_mark.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace gantry::store {

// What the files do not say of themselves.
struct StoreLayout {
  std::vector<std::string> commit_log_dirs{};  // as StoreConfig has them
  std::int64_t commit_log_file_size = std::int64_t{1} << 30;
  IndexGeometry index{};
  bool key_index = true;
};

class ClosedStore {
 public:
  // What is odd about the log's files is told to `found`.
  static api::Result<ClosedStore> look(FileSystem& disk, const std::filesystem::path& root,
                                       const StoreLayout& layout, const api::StoreTools::Found& found);

  FileSystem& disk() const { return *disk_; }
  const std::filesystem::path& root() const { return root_; }
  const LogRow& log() const { return log_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  LastExit last_exit() const { return last_exit_; }

  // The last stop synced everything and said so.
  bool closed_cleanly() const;
  bool has_whole_records() const;  // it was, or Apache's broker stopped cleanly
  // Where a start begins to read the log, if no queue is missing; and up to where it takes all for durable.
  api::LogOffset read_from() const { return read_from_; }
  api::LogOffset durable_to() const;

 private:
  ClosedStore(FileSystem& disk, std::filesystem::path root, std::unique_ptr<File> lock, LogRow log)
      : disk_(&disk), root_(std::move(root)), lock_(std::move(lock)), log_(std::move(log)) {}

  IoResult<void> read_marks();

  FileSystem* disk_;
  std::filesystem::path root_;
  std::unique_ptr<File> lock_;  // nullptr: there is no lock file, and so no broker
  LogRow log_;
  Checkpoint checkpoint_;
  LastExit last_exit_ = LastExit::unclean;
  api::LogOffset read_from_;
};

}  // namespace gantry::store
