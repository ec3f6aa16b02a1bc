#include "plugins/store-mmap/queue_files.h"

#include <utility>

namespace gantry::store {

std::shared_ptr<File> QueueFiles::find(const QueueFileKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  row_.splice(row_.begin(), row_, found->second);
  return found->second->file;
}

IoResult<std::shared_ptr<File>> QueueFiles::open(const QueueFileKey& key, const std::filesystem::path& path,
                                                 FileSystem::Open how, bool keep) {
  std::uint64_t forgotten = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      row_.splice(row_.begin(), row_, found->second);
      return found->second->file;
    }
    forgotten = forgotten_;
  }
  auto opened = disk_.open(path, how);
  if (!opened) return opened.error();
  std::shared_ptr<File> file = std::move(*opened);
  if (!keep) return file;

  std::shared_ptr<File> let_go;  // closed without the lock
  const std::lock_guard lock(mutex_);
  if (forgotten != forgotten_) return file;
  const auto [at, added] = by_key_.try_emplace(key);
  if (!added) return at->second->file;  // somebody was faster
  row_.push_front({key, file});
  at->second = row_.begin();
  if (row_.size() > most_) {
    let_go = std::move(row_.back().file);
    by_key_.erase(row_.back().key);
    row_.pop_back();
  }
  return file;
}

void QueueFiles::forget(const QueueFileKey& key) {
  std::shared_ptr<File> let_go;
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  let_go = std::move(found->second->file);
  row_.erase(found->second);
  by_key_.erase(found);
}

std::size_t QueueFiles::size() const {
  const std::lock_guard lock(mutex_);
  return row_.size();
}

}  // namespace gantry::store
