// What the consume queues of a store have in common.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/gathered_entries.h"
#include "plugins/store-mmap/queue_files.h"
#include "plugins/store-mmap/queue_manifest.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace gantry::store {

// Queues that have something to do, each once: the queue itself remembers that it is in. Thread: any.
class QueueRow {
 public:
  void add(ConsumeQueue* queue) {
    const std::lock_guard lock(mutex_);
    row_.push_back(queue);
    empty_.store(false, std::memory_order_relaxed);
  }
  std::vector<ConsumeQueue*> take() {
    const std::lock_guard lock(mutex_);
    empty_.store(true, std::memory_order_relaxed);
    return std::exchange(row_, {});
  }
  bool empty() const { return empty_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  std::vector<ConsumeQueue*> row_;
  std::atomic<bool> empty_{true};
};

struct QueuesShared {
  // Entries that are written at once.
  static constexpr std::int64_t kBlock = 3200;
  // From so many on it is worth writing a queue by itself: a page of its file.
  static constexpr std::int64_t kLarge = 205;

  QueuesShared(FileSystem& file_system, std::filesystem::path path, std::size_t open_files)
      : disk(file_system),
        directory(std::move(path)),
        files(file_system, open_files),
        manifest(file_system, directory.parent_path() / "queues.gantry") {}

  FileSystem& disk;
  const std::filesystem::path directory;
  QueueFiles files;
  EntryPool pool;
  QueueRow gathered;  // have entries to write
  QueueRow large;     // have kLarge of them

  // What follows is for maintenance only.
  QueueManifest manifest;
  std::unique_ptr<Disk> whole_disk;  // that the queues are on, since they were opened
  std::unordered_set<QueueFileKey, QueueFileHash> touched_files;  // written since the last sync
  std::set<std::filesystem::path> touched_directories;            // names made or removed in them since
  std::vector<ConsumeQueue*> unlisted;                            // have files, and the manifest lacks them
  std::set<std::string, std::less<>> leftovers;  // removed topics whose files are still there
  std::array<char, static_cast<std::size_t>(kBlock) * QueueEntry::kSize> block;
  std::vector<EntryPiece*> pieces;
  std::vector<EntryPiece*> freed;
};

// Removes what is left of a topic that was removed before; nothing may be.
IoResult<void> remove_leftovers(QueuesShared& shared, const std::string& topic);

}  // namespace gantry::store
