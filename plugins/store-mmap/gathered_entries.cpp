#include "plugins/store-mmap/gathered_entries.h"

#include <algorithm>
#include <utility>

namespace gantry::store {

EntryPiece* EntryPool::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    auto& more = *made_.emplace_back(std::make_unique_for_overwrite<std::array<EntryPiece, kPiecesAtOnce>>());
    for (EntryPiece& piece : more) free_.push_back(&piece);
  }
  EntryPiece* piece = free_.back();
  free_.pop_back();
  in_use_.fetch_add(1, std::memory_order_relaxed);
  return piece;
}

void EntryPool::give(std::span<EntryPiece* const> pieces) {
  if (pieces.empty()) return;
  const std::lock_guard lock(mutex_);
  free_.insert(free_.end(), pieces.begin(), pieces.end());
  in_use_.fetch_sub(pieces.size(), std::memory_order_relaxed);
}

void GatheredEntries::push(EntryPool& pool, const QueueEntry& entry) {
  const std::int64_t in_piece = end_ % EntryPiece::kEntries;
  const std::int64_t piece = piece_of(end_);
  if (empty() || in_piece == 0) {
    make_room(piece);
    slot(piece) = pool.take();
  }
  entry.encode(slot(piece)->bytes.data() + in_piece * QueueEntry::kSize);
  ++end_;
}

void GatheredEntries::make_room(std::int64_t piece) {
  constexpr std::uint32_t kLeast = 4;
  if (!empty() && piece - piece_of(first_) < capacity_) return;
  if (empty() && capacity_ > 0) return;
  const std::uint32_t capacity = std::max(kLeast, capacity_ * 2);
  std::unique_ptr<EntryPiece*[]> larger(new EntryPiece*[capacity]);
  for (std::int64_t i = piece_of(first_); !empty() && i < piece; ++i)
    larger[static_cast<std::size_t>(i) % capacity] = slot(i);
  ring_ = std::move(larger);
  capacity_ = capacity;
}

const char* GatheredEntries::at(std::int64_t offset) const {
  return slot(piece_of(offset))->bytes.data() + (offset % EntryPiece::kEntries) * QueueEntry::kSize;
}

void GatheredEntries::pieces(std::int64_t from, std::int64_t to, std::vector<EntryPiece*>& into) const {
  for (std::int64_t i = piece_of(from); i < piece_end(to); ++i) into.push_back(slot(i));
}

void GatheredEntries::drop_before(std::int64_t offset, std::vector<EntryPiece*>& freed) {
  const std::int64_t first = std::clamp(offset, first_, end_);
  drop_pieces(piece_of(first_), first == end_ ? piece_end(end_) : piece_of(first), freed);
  first_ = first;
  give_up_ring();
}

void GatheredEntries::drop_from(std::int64_t offset, std::vector<EntryPiece*>& freed) {
  const std::int64_t end = std::clamp(offset, first_, end_);
  drop_pieces(end == first_ ? piece_of(first_) : piece_end(end), piece_end(end_), freed);
  end_ = end;
  give_up_ring();
}

void GatheredEntries::drop_pieces(std::int64_t from, std::int64_t to, std::vector<EntryPiece*>& freed) {
  if (empty()) return;
  for (std::int64_t i = from; i < to; ++i) freed.push_back(slot(i));
}

void GatheredEntries::give_up_ring() {
  constexpr std::uint32_t kWorthKeeping = 64;
  if (!empty() || capacity_ <= kWorthKeeping) return;
  ring_.reset();
  capacity_ = 0;
}

}  // namespace gantry::store
