// The newest entries of a consume queue, which are not yet in its files. They lie encoded, as they will be
// written, in small pieces from a pool that all queues share: with tens of thousands of queues most of them
// hold but a few entries.
#pragma once

#include "plugins/store-mmap/queue_entry.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace gantry::store {

struct EntryPiece {
  static constexpr std::int64_t kEntries = 16;
  std::array<char, static_cast<std::size_t>(kEntries) * QueueEntry::kSize> bytes;
};

// Thread: any.
class EntryPool {
 public:
  EntryPiece* take();
  void give(std::span<EntryPiece* const> pieces);

  std::size_t bytes_in_use() const { return in_use_.load(std::memory_order_relaxed) * sizeof(EntryPiece); }

 private:
  static constexpr std::size_t kPiecesAtOnce = 200;

  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<std::array<EntryPiece, kPiecesAtOnce>>> made_;
  std::vector<EntryPiece*> free_;
  std::atomic<std::size_t> in_use_{0};
};

// Thread: whoever holds the queue's lock. The bytes of a piece that a caller was given by pieces() may be
// read without it until they are dropped.
class GatheredEntries {
 public:
  std::int64_t first() const { return first_; }
  std::int64_t end() const { return end_; }
  bool empty() const { return first_ == end_; }

  // Where the next one comes, when there are none.
  void start_at(std::int64_t offset) { first_ = end_ = offset; }
  void push(EntryPool& pool, const QueueEntry& entry);

  const char* at(std::int64_t offset) const;
  // The pieces that hold [from, to), of which the first begins at `from` rounded down to a whole piece.
  void pieces(std::int64_t from, std::int64_t to, std::vector<EntryPiece*>& into) const;

  // Pieces that hold nothing any more are added to `freed`; give them back to the pool without the lock.
  void drop_before(std::int64_t offset, std::vector<EntryPiece*>& freed);
  void drop_from(std::int64_t offset, std::vector<EntryPiece*>& freed);

 private:
  static std::int64_t piece_of(std::int64_t offset) { return offset / EntryPiece::kEntries; }
  static std::int64_t piece_end(std::int64_t offset) {
    return (offset + EntryPiece::kEntries - 1) / EntryPiece::kEntries;
  }
  EntryPiece*& slot(std::int64_t piece) const { return ring_[static_cast<std::size_t>(piece) % capacity_]; }
  void make_room(std::int64_t piece);
  void give_up_ring();
  void drop_pieces(std::int64_t from, std::int64_t to, std::vector<EntryPiece*>& freed);

  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
  std::unique_ptr<EntryPiece*[]> ring_;  // by the piece's number; a power of two
  std::uint32_t capacity_ = 0;
};

}  // namespace gantry::store
