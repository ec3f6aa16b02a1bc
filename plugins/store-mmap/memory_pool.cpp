#include "plugins/store-mmap/memory_pool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

#include <sys/mman.h>

namespace gantry::store {

MemoryPool::MemoryPool(std::size_t size) : size_(size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<char*>(memory);
  if (::mlock(memory, size) != 0)
    warning_ =
        "the pool of " + std::to_string(size >> 20) + " MiB could not be locked in memory (" +
        std::generic_category().message(errno) +
        ") and may be swapped out: raise the limit for locked memory (ulimit -l), or make pool_size smaller";
}

MemoryPool::~MemoryPool() {
  ::munmap(memory_, size_);
}

void MemoryPool::stage(const std::shared_ptr<LogFile>& file, std::int64_t at, std::span<const iovec> pieces,
                       std::size_t bytes, api::LogOffset end) {
  const std::size_t begin = next_;
  for (const iovec& piece : pieces) {
    const char* from = static_cast<const char*>(piece.iov_base);
    for (std::size_t left = piece.iov_len; left > 0;) {
      const std::size_t part = std::min(left, size_ - next_);
      std::memcpy(memory_ + next_, from, part);
      from += part;
      left -= part;
      next_ = (next_ + part) % size_;
    }
  }
  used_.fetch_add(bytes, std::memory_order_acq_rel);
  const std::lock_guard lock(mutex_);
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    // Only what is not being written grows: commit() takes the front one.
    if (pieces_.size() > 1 && last.file == file && last.at + static_cast<std::int64_t>(last.size) == at) {
      last.size += bytes;
      last.end = end;
      return;
    }
  }
  pieces_.push_back({file, at, begin, bytes, end});
}

IoResult<void> MemoryPool::commit() {
  const std::lock_guard one(committing_);
  for (;;) {
    Piece piece;
    {
      const std::lock_guard lock(mutex_);
      if (pieces_.empty()) return {};
      piece = pieces_.front();
    }
    auto file = piece.file->file();
    if (!file) return file.error();
    const std::size_t straight = std::min(piece.size, size_ - piece.from);
    const std::array<iovec, 2> parts{{{memory_ + piece.from, straight}, {memory_, piece.size - straight}}};
    if (half_written_) {
      // Or a power cut could put a sector of the failed write between those of this one.
      auto cleared = (*file)->zero(piece.at, piece.at + static_cast<std::int64_t>(piece.size));
      if (cleared) cleared = piece.file->sync();
      if (!cleared) {
        sync_failed_ = piece.file->sync_failed();
        return cleared;
      }
    }
    auto written = (*file)->write(piece.at, std::span(parts).first(piece.size > straight ? 2 : 1));
    half_written_ = !written;
    if (!written) return written;
    used_.fetch_sub(piece.size, std::memory_order_acq_rel);
    const std::lock_guard lock(mutex_);
    pieces_.pop_front();
    committed_ = piece.end;
  }
}

void MemoryPool::written_around(api::LogOffset end) {
  const std::lock_guard lock(mutex_);
  committed_ = end;
}

std::optional<api::LogOffset> MemoryPool::committed() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

}  // namespace gantry::store
