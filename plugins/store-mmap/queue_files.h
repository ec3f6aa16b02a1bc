// The files of consume queues that are open: the ones used last, of all queues together. A queue keeps none
// itself, because there are more queues than a process may open files.
#pragma once

#include "plugins/store-mmap/file_system.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace gantry::store {

class ConsumeQueue;

// A file of a queue, by its number: file n holds the bytes from n * file size on.
struct QueueFileKey {
  const ConsumeQueue* queue = nullptr;
  std::int64_t number = 0;
  bool operator==(const QueueFileKey&) const = default;
};
struct QueueFileHash {
  std::size_t operator()(const QueueFileKey& key) const {
    return std::hash<const void*>()(key.queue) ^ (static_cast<std::size_t>(key.number) * 0x9E3779B97F4A7C15U);
  }
};

// Thread: any. Who holds a file may go on using it after it fell out of here.
class QueueFiles {
 public:
  QueueFiles(FileSystem& disk, std::size_t most) : disk_(disk), most_(most) {}

  // nullptr: not open. Never waits for the disk.
  std::shared_ptr<File> find(const QueueFileKey& key);

  // The open one, or opens it, which waits for the disk. `keep`: it is likely to be used again soon.
  IoResult<std::shared_ptr<File>> open(const QueueFileKey& key, const std::filesystem::path& path,
                                       FileSystem::Open how, bool keep);

  // The file is about to be removed: what comes later under this key is another one.
  void forget(const QueueFileKey& key);

  std::size_t size() const;

 private:
  struct Opened {
    QueueFileKey key;
    std::shared_ptr<File> file;
  };
  using Row = std::list<Opened>;

  FileSystem& disk_;
  const std::size_t most_;
  mutable std::mutex mutex_;  // guards what follows; not held while a file is opened
  Row row_;                   // used last first
  std::unordered_map<QueueFileKey, Row::iterator, QueueFileHash> by_key_;
  std::uint64_t forgotten_ = 0;  // how often: a file opened before that may be one that is gone
};

}  // namespace gantry::store
