// What a consume queue's directory holds after a stop of whatever kind, and where its entries end.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/queue_entry.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

struct FoundQueue {
  std::int64_t file_size = 0;
  std::int64_t files_first = 0;  // numbers of the files: [files_first, files_end)
  std::int64_t files_end = 0;
  std::int64_t begin = 0;  // the lowest entry; filler or nothing before it
  std::int64_t end = 0;    // behind the last entry; `begin` when there is none
  QueueEntry first;        // if there is one
  QueueEntry last;
  // Numbers of the files that were changed, and must be synced before anything is claimed about the queue.
  std::vector<std::int64_t> changed;
  bool files_removed = false;

  bool empty() const { return begin == end; }
};

struct QueueScan {
  FileSystem& disk;
  std::optional<api::LogOffset> durable_to;  // as ConsumeQueues::open() has it
  // Called before anything is taken back.
  std::function<IoResult<void>()> before_clearing = [] { return IoResult<void>(); };

  // nullopt: the files contradict each other, and are of no use; the last warning says how. What lies behind
  // the end is zeroed, and later files are removed. `file_size`: when the files do not tell.
  IoResult<std::optional<FoundQueue>> scan(const std::filesystem::path& directory, std::int64_t file_size,
                                           std::vector<std::string>& warnings) const;
};

}  // namespace gantry::store
