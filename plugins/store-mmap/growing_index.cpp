#include "plugins/store-mmap/growing_index.h"

#include "plugins/store-mmap/planted.h"
#include "remoting/byte_order.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace gantry::store {
namespace {

std::string_view text(const std::vector<char>& bytes) {
  return {bytes.data(), bytes.size()};
}

std::string entry_text(std::int32_t number) {
  return "entry " + std::to_string(number);
}

}  // namespace

std::unique_ptr<GrowingIndex> GrowingIndex::begin(std::shared_ptr<IndexFile> file,
                                                  const IndexHeader& before) {
  const IndexHeader seeded{
      .begin_time = before.end_time, .end_time = before.end_time, .begin = before.end, .end = before.end};
  std::unique_ptr<GrowingIndex> index(new GrowingIndex(std::move(file), seeded));
  index->slots_.resize(index->geometry_.slots_size());
  return index;
}

std::unique_ptr<GrowingIndex> GrowingIndex::resume(std::shared_ptr<IndexFile> file,
                                                   const IndexHeader& header) {
  std::unique_ptr<GrowingIndex> index(new GrowingIndex(std::move(file), header));
  index->header_in_file_ = header;
  index->slots_in_file_ = true;
  index->unsynced_ = true;  // for all it knows
  return index;
}

IoResult<GrowingIndex::Rebuilt> GrowingIndex::rebuild(std::shared_ptr<IndexFile> file,
                                                      const IndexHeader& header, std::int32_t count,
                                                      api::LogOffset cut) {
  IndexHeader start = header;
  start.used_slots = 0;
  start.count = 1;
  std::unique_ptr<GrowingIndex> index(new GrowingIndex(std::move(file), start));
  index->slots_.resize(index->geometry_.slots_size());
  auto damage = index->replay(count, cut);
  if (!damage) return damage.error();
  if (!damage->empty()) return Rebuilt{nullptr, std::move(*damage)};
  index->end_as(header);
  // Shorter and longer again, which leaves no blocks where nothing is.
  File& disk = index->file_->file();
  if (auto cut_off = disk.resize(index->geometry_.entry_at(index->header_.count)); !cut_off)
    return cut_off.error();
  if (auto grown = disk.resize(index->geometry_.size()); !grown) return grown.error();
  index->unsynced_ = true;
  return Rebuilt{std::move(index), {}};
}

// Empty: all is well. Otherwise what is wrong with which entry.
IoResult<std::string> GrowingIndex::replay(std::int32_t count, api::LogOffset cut) {
  block_.resize(kBlockEntries * IndexEntry::kSize);
  while (header_.count < count) {
    const std::int32_t first = header_.count;
    const auto some = std::min(kBlockEntries, static_cast<std::size_t>(count - first));
    const auto bytes = std::span(block_).first(some * IndexEntry::kSize);
    if (auto read = file_->read_entries(first, bytes); !read) return read.error();
    if (auto damage = take_back(bytes, cut); !damage.empty()) return damage;
    if (header_.count < first + static_cast<std::int32_t>(some)) break;
  }
  block_.clear();
  written_ = header_.count;
  return std::string();
}

// An entry must name the one that is before it in its slot: a block that never reached the disk, or an old
// one that came back, is seen by that.
std::string GrowingIndex::take_back(std::span<const char> entries, api::LogOffset cut) {
  constexpr std::size_t kAhead = 16 * IndexEntry::kSize;
  for (std::size_t i = 0; i < entries.size(); i += IndexEntry::kSize) {
    if (i + kAhead < entries.size()) {
      prefetch(std::max(0, remoting::load_i32(entries.data() + i + kAhead)));
    }
    const auto entry = IndexEntry::decode(entries.data() + i);
    const std::int32_t number = header_.count;
    if (entry.hash < 0 || entry.seconds < 0) return entry_text(number) + " has a negative hash or time";
    if (entry.at < (number == 1 ? header_.begin : header_.end) ||
        (number == 1 && entry.at != header_.begin)) {
      return entry_text(number) + " is about log offset " + std::to_string(entry.at.value) +
             ", which is before the one in front of it";
    }
    if (entry.at >= cut) break;
    char* slot = slots_.data() + geometry_.slot_position(entry.hash);
    const std::int32_t newest = remoting::load_i32(slot);
    if (entry.previous != newest) {
      return entry_text(number) + " names " + std::to_string(entry.previous) +
             " as the one before it, and it is " + std::to_string(newest);
    }
    remoting::store_i32(slot, number);
    header_.used_slots += newest == 0 ? 1 : 0;
    header_.end = entry.at;
    header_.end_time = entry.time(number, header_);
    ++header_.count;
  }
  return {};
}

// The last entry's time is rounded down, and the index would not look into the file for what remains of that
// second. The header in the file, which may be ahead, bounds it.
void GrowingIndex::end_as(const IndexHeader& in_file) {
  if (header_.count > 2) {
    constexpr std::int64_t kUpTo = IndexEntry::kTimeStep - 1;
    constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max() - kUpTo;
    header_.end_time = std::min(in_file.end_time, std::min(header_.end_time, kLatest) + kUpTo);
  }
}

IndexHeader GrowingIndex::header() const {
  const std::lock_guard lock(mutex_);
  return header_;
}

IoResult<std::size_t> GrowingIndex::put(std::span<const IndexKey> keys) {
  if (slots_.empty()) {
    if (auto read = read_slots(); !read) return read.error();
  }
  if (header_.count - written_ == static_cast<std::int32_t>(kBlockEntries)) {
    if (auto written = write_block(); !written) return written.error();
  }
  const auto room =
      std::min(geometry_.entries, written_ + static_cast<std::int32_t>(kBlockEntries)) - header_.count;
  const auto some = keys.first(std::min(keys.size(), static_cast<std::size_t>(room)));
  const std::lock_guard lock(mutex_);
  if (block_.empty()) block_.resize(kBlockEntries * IndexEntry::kSize);
  for (const IndexKey& key : some) put_one(key);
  slots_in_file_ = false;
  return some.size();
}

void GrowingIndex::put_one(const IndexKey& key) {
  const std::int32_t number = header_.count;
  char* slot = slots_.data() + geometry_.slot_position(key.hash);
  std::int32_t newest = remoting::load_i32(slot);
  if (newest < 0 || newest >= number) newest = 0;
  const IndexEntry entry{key.hash, key.at, index_seconds(header_.begin_time, key.stored_at), newest};
  entry.encode(gathered(number));
  remoting::store_i32(slot, planted(Planted::index_entry_off_by_one) ? number - 1 : number);
  if (number == 1) {
    header_.begin = key.at;
    header_.begin_time = key.stored_at;
  }
  header_.used_slots += newest == 0 ? 1 : 0;
  header_.end = key.at;
  header_.end_time = key.stored_at;
  ++header_.count;
}

IoResult<void> GrowingIndex::read_slots() {
  std::vector<char> slots(geometry_.slots_size());
  if (auto read = file_->read_slots(slots); !read) return read.error();
  const std::lock_guard lock(mutex_);
  slots_ = std::move(slots);
  return {};
}

IoResult<void> GrowingIndex::write_block() {
  if (written_ == header_.count) return {};
  const auto size = static_cast<std::size_t>(header_.count - written_) * IndexEntry::kSize;
  unsynced_ = true;
  if (auto written = file_->write_entries(written_, text(block_).substr(0, size)); !written) return written;
  const std::lock_guard lock(mutex_);
  written_ = header_.count;
  return {};
}

IoResult<void> GrowingIndex::write_entries() {
  if (auto written = write_block(); !written) return written;
  if (header_ == header_in_file_) return {};
  unsynced_ = true;
  if (auto written = file_->write_header(header_); !written) return written;
  header_in_file_ = header_;
  return {};
}

IoResult<void> GrowingIndex::write_everything() {
  if (auto written = write_block(); !written) return written;
  if (!slots_in_file_) {
    unsynced_ = true;
    if (auto written = file_->write_slots(text(slots_)); !written) return written;
    slots_in_file_ = true;
  }
  return write_entries();
}

IoResult<void> GrowingIndex::sync() {
  if (!unsynced_) return {};
  if (auto synced = file_->file().sync(); !synced) return synced;
  unsynced_ = false;
  return {};
}

IoResult<IndexHeader> GrowingIndex::search(IndexSearch& search) const {
  std::unique_lock lock(mutex_);
  std::int32_t number = 0;
  if (slots_.empty()) {
    // Before the header is looked at again: a slot that is written meanwhile has nothing that it lacks.
    lock.unlock();
    auto newest = file_->read_slot(search.hash());
    if (!newest) return newest.error();
    number = *newest;
    lock.lock();
  } else {
    number = remoting::load_i32(slots_.data() + geometry_.slot_position(search.hash()));
  }
  const IndexHeader header = header_;
  if (!search.may_be_in(header)) return header;
  while (number >= written_ && number < header.count) {
    const auto* bytes = block_.data() + static_cast<std::size_t>(number - written_) * IndexEntry::kSize;
    number = search.look_at(number, IndexEntry::decode(bytes), header);
  }
  lock.unlock();
  if (auto done = file_->search_from(number, header, search); !done) return done.error();
  return header;
}

}  // namespace gantry::store
