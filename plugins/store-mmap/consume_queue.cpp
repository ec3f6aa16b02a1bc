#include "plugins/store-mmap/consume_queue.h"

#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/queue_scan.h"
#include "plugins/store-mmap/queues_shared.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace gantry::store {
namespace {

constexpr auto kSize = static_cast<std::int64_t>(QueueEntry::kSize);

IoError too_short(const std::filesystem::path& path, std::int64_t at) {
  return {EIO, path.string() + " ends before " + std::to_string(at) +
                   ": a consume queue's file has its full length from the start"};
}

}  // namespace

ConsumeQueue::ConsumeQueue(QueuesShared& shared, const std::string& topic, api::QueueId id,
                           std::int64_t file_size)
    : shared_(shared), topic_(topic), id_(id), file_size_(file_size) {
}

std::filesystem::path ConsumeQueue::directory() const {
  return shared_.directory / topic_ / std::to_string(number(id_));
}

std::filesystem::path ConsumeQueue::path_of(std::int64_t number) const {
  return directory() / log_file_name(number * file_size_);
}

void ConsumeQueue::begin_as(const FoundQueue& found) {
  begin_ = found.begin;
  gathered_.start_at(found.end - (planted(Planted::next_offset_one_less) && !found.empty() ? 1 : 0));
  if (!found.empty()) {
    first_at_ = found.first.at.value;
    last_at_ = found.last.at.value;
  }
  next_ = visible_ = written_ = gathered_.end();
  tried_ = found.end;
  first_ = found.begin;
  files_first_ = found.files_first;
  files_end_ = found.files_end;
}

void ConsumeQueue::add(std::int64_t offset, std::span<const QueueEntry> entries) {
  bool newly = false;
  bool newly_large = false;
  {
    const std::lock_guard lock(mutex_);
    if (offset != gathered_.end()) begin_at(offset);
    for (const QueueEntry& entry : entries) gathered_.push(shared_.pool, entry);
    last_at_ = entries.back().at.value;
    // Its topic was removed while this message was on its way.
    if (!there_.load(std::memory_order_relaxed)) there_ = true;
    next_.store(gathered_.end(), std::memory_order_relaxed);
    newly = !std::exchange(listed_, true);
    if (gathered_.end() - gathered_.first() >= QueuesShared::kLarge)
      newly_large = !std::exchange(listed_large_, true);
  }
  if (planted(Planted::shown_before_synced)) make_visible(offset + std::ssize(entries));
  if (newly) shared_.gathered.add(this);
  if (newly_large) shared_.large.add(this);
}

void ConsumeQueue::begin_at(std::int64_t offset) {
  const std::int64_t end = gathered_.end();
  if (begin_ != end || offset < 0)
    throw std::logic_error("queue " + std::to_string(number(id_)) + " of " + topic_ + " was given entry " +
                           std::to_string(offset) + ", and its next one is " + std::to_string(end));
  if (offset < end || offset / per_file() != end / per_file()) begins_anew_ = true;
  gathered_.start_at(offset);
  begin_ = offset;
  first_.store(offset, std::memory_order_relaxed);
  visible_.store(offset, std::memory_order_release);
}

bool ConsumeQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return begin_ == gathered_.end();
}

api::LogOffset ConsumeQueue::last_at() const {
  const std::lock_guard lock(mutex_);
  return {last_at_};
}

ConsumeQueue::Range ConsumeQueue::range() const {
  const std::int64_t end = visible_.load(std::memory_order_acquire);
  return {std::min(first_.load(std::memory_order_acquire), end), end};
}

IoResult<std::optional<std::size_t>> ConsumeQueue::read(std::int64_t from, std::span<QueueEntry> to,
                                                        bool may_wait) {
  const Range range = this->range();
  if (from < range.first || from >= range.end) return std::optional<std::size_t>(0);
  to = to.first(std::min(to.size(), static_cast<std::size_t>(range.end - from)));
  std::size_t done = 0;
  while (done < to.size()) {
    const std::int64_t at = from + static_cast<std::int64_t>(done);
    auto rest = to.subspan(done);
    std::int64_t in_files_to = 0;
    std::size_t got = read_memory(at, rest, in_files_to);
    if (got == 0 && at < in_files_to) {
      rest = rest.first(std::min(rest.size(), static_cast<std::size_t>(in_files_to - at)));
      auto from_file = read_file(at, rest, may_wait);
      if (!from_file || !*from_file) return from_file;
      got = **from_file;
    }
    if (got == 0) break;  // retention was faster
    done += got;
  }
  return std::optional(done);
}

std::size_t ConsumeQueue::read_memory(std::int64_t from, std::span<QueueEntry> to,
                                      std::int64_t& in_files_to) const {
  constexpr std::int64_t kWithoutPause = 64;  // whoever adds may be waiting for the lock
  const std::lock_guard lock(mutex_);
  in_files_to = gathered_.first();
  if (from < in_files_to || from >= gathered_.end()) return 0;
  const auto most = static_cast<std::size_t>(std::min(gathered_.end() - from, kWithoutPause));
  const std::size_t count = std::min(to.size(), most);
  for (std::size_t i = 0; i < count; ++i)
    to[i] = QueueEntry::decode(gathered_.at(from + static_cast<std::int64_t>(i)));
  return count;
}

IoResult<std::optional<std::size_t>> ConsumeQueue::read_file(std::int64_t from, std::span<QueueEntry> to,
                                                             bool may_wait) {
  constexpr std::size_t kAtOnce = 200;
  const std::int64_t number = from / per_file();
  auto file = shared_.files.find({this, number});
  if (!file) {
    if (!may_wait) return std::optional<std::size_t>();
    auto opened = shared_.files.open({this, number}, path_of(number), FileSystem::Open::write, true);
    if (!opened) {
      const Range now = range();
      if (from < now.first || from >= now.end) return std::optional<std::size_t>(0);
      return opened.error();
    }
    file = std::move(*opened);
  }
  std::array<char, kAtOnce * QueueEntry::kSize> bytes;
  const std::int64_t in_file = from % per_file();
  const auto count = std::min({to.size(), kAtOnce, static_cast<std::size_t>(per_file() - in_file)});
  const auto wanted = std::span(bytes).first(count * QueueEntry::kSize);
  std::size_t got = 0;
  if (may_wait) {
    auto read = file->read(in_file * kSize, wanted);
    if (!read) return read.error();
    got = *read;
  } else {
    auto read = file->read_cached(in_file * kSize, wanted);
    if (!read || !*read) return read;
    got = **read;
  }
  if (got < wanted.size()) return too_short(path_of(number), in_file * kSize + std::ssize(wanted));
  for (std::size_t i = 0; i < count; ++i) to[i] = QueueEntry::decode(bytes.data() + i * QueueEntry::kSize);
  return std::optional(count);
}

IoResult<QueueEntry> ConsumeQueue::entry(std::int64_t offset, HeldFile& held) {
  {
    const std::lock_guard lock(mutex_);
    if (offset >= gathered_.first()) return QueueEntry::decode(gathered_.at(offset));
  }
  const std::int64_t number = offset / per_file();
  if (held.number != number) {
    auto file = shared_.files.open({this, number}, path_of(number), FileSystem::Open::write, false);
    if (!file) return file.error();
    held = {number, std::move(*file)};
  }
  std::array<char, QueueEntry::kSize> bytes;
  const std::int64_t at = offset % per_file() * kSize;
  auto got = held.file->read(at, bytes);
  if (!got) return got.error();
  if (*got < bytes.size()) return too_short(path_of(number), at + kSize);
  return QueueEntry::decode(bytes.data());
}

IoResult<std::int64_t> ConsumeQueue::first_at_or_behind(api::LogOffset at) {
  HeldFile held;
  std::int64_t from = first_.load();
  std::int64_t to = next_.load();
  while (from < to) {
    const std::int64_t middle = from + (to - from) / 2;
    auto there = entry(middle, held);
    if (!there) return there.error();
    if (there->at < at) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

IoResult<void> ConsumeQueue::write_gathered(bool keep_open) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool anew = false;
  {
    const std::lock_guard lock(mutex_);
    listed_ = listed_large_ = false;
    begin = begin_;
    end = gathered_.end();
    anew = begins_anew_;
  }
  if (begin == end) return {};  // it was cut
  IoResult<void> done;
  if (anew) done = begin_files_anew(begin);
  while (done && written_ < begin) done = write_filler(begin, keep_open);
  while (done && written_ < end) done = write_block(end, keep_open);
  if (done) return {};
  const std::lock_guard lock(mutex_);
  if (!std::exchange(listed_, true)) shared_.gathered.add(this);
  return done.error();
}

IoResult<void> ConsumeQueue::begin_files_anew(std::int64_t begin) {
  for (; files_first_ < files_end_; ++files_first_) {
    if (auto removed = remove_file(files_first_); !removed) return removed.error();
  }
  files_first_ = files_end_ = begin / per_file();
  written_ = tried_ = files_first_ * per_file();
  const std::lock_guard lock(mutex_);
  begins_anew_ = false;
  return {};
}

IoResult<void> ConsumeQueue::write_filler(std::int64_t to, bool keep_open) {
  const std::int64_t end = std::min(to, written_ + QueuesShared::kBlock);
  auto file = file_to_write(written_ / per_file(), keep_open);
  if (!file) return file.error();
  const QueueEntry filler{.at = {0}, .size = QueueEntry::kFillerSize, .tags_code = 0};
  char* at = shared_.block.data();
  for (std::int64_t i = written_; i < end; ++i, at += kSize) filler.encode(at);
  const std::string_view bytes(shared_.block.data(), static_cast<std::size_t>((end - written_) * kSize));
  tried_ = std::max(tried_, end);
  if (auto wrote = (*file)->write(written_ % per_file() * kSize, bytes); !wrote) return wrote.error();
  written_ = end;
  return {};
}

IoResult<void> ConsumeQueue::write_block(std::int64_t to, bool keep_open) {
  const std::int64_t number = written_ / per_file();
  const std::int64_t end = std::min({to, written_ + QueuesShared::kBlock, (number + 1) * per_file()});
  auto file = file_to_write(number, keep_open);
  if (!file) return file.error();
  {
    const std::lock_guard lock(mutex_);
    shared_.pieces.clear();
    gathered_.pieces(written_, end, shared_.pieces);
  }
  // Whoever adds only writes behind `end`, and pieces are freed here alone: no lock while copying.
  char* to_byte = shared_.block.data();
  std::int64_t from = written_;
  for (const EntryPiece* piece : shared_.pieces) {
    const std::int64_t in_piece = from % EntryPiece::kEntries;
    const std::int64_t count = std::min(EntryPiece::kEntries - in_piece, end - from);
    to_byte = std::copy_n(piece->bytes.data() + in_piece * kSize, count * kSize, to_byte);
    from += count;
  }
  const std::string_view bytes(shared_.block.data(), static_cast<std::size_t>((end - written_) * kSize));
  tried_ = std::max(tried_, end);
  if (auto wrote = (*file)->write(written_ % per_file() * kSize, bytes); !wrote) return wrote.error();
  {
    const std::lock_guard lock(mutex_);
    gathered_.drop_before(end, shared_.freed);
  }
  shared_.pool.give(shared_.freed);
  shared_.freed.clear();
  written_ = end;
  return {};
}

IoResult<std::shared_ptr<File>> ConsumeQueue::file_to_write(std::int64_t number, bool keep_open) {
  if (number >= files_end_) return make_file(number, keep_open);
  touch(number);
  return shared_.files.open({this, number}, path_of(number), FileSystem::Open::write, keep_open);
}

void ConsumeQueue::touch(std::int64_t number) {
  shared_.touched_files.insert({this, number});
  touch_names();
}

// Names that were found when the store was opened may have been made by a process that was killed before it
// synced them.
void ConsumeQueue::touch_names() {
  if (std::exchange(names_synced_, true)) return;
  const auto directory = this->directory();
  shared_.touched_directories.insert(
      {directory, directory.parent_path(), shared_.directory, shared_.directory.parent_path()});
}

IoResult<void> ConsumeQueue::sync_names() {
  const auto touched = shared_.touched_directories.find(directory());
  if (touched == shared_.touched_directories.end()) return {};
  return shared_.disk.sync_directory(*touched);
}

void ConsumeQueue::touch_last_file() {
  if (files_first_ < files_end_) touch(files_end_ - 1);
}

IoResult<std::shared_ptr<File>> ConsumeQueue::make_file(std::int64_t number, bool keep_open) {
  if (auto removed = remove_leftovers(shared_, topic_); !removed) return removed.error();
  const auto directory = this->directory();
  if (auto made = shared_.disk.make_directories(directory); !made) return made.error();
  const auto path = path_of(number);
  auto file = shared_.files.open({this, number}, path, FileSystem::Open::create, keep_open);
  if (!file) return file.error();
  // Whole from the start, or Apache's broker would not start; and empty, whatever was there.
  IoResult<void> sized = (*file)->resize(0);
  if (sized) sized = (*file)->resize(file_size_);
  if (!sized) {
    static_cast<void>(remove_file(number));
    return sized.error();
  }
  if (number == files_first_) names_synced_ = false;
  touch(number);
  shared_.touched_directories.insert(directory);
  files_end_ = number + 1;
  if (!std::exchange(in_manifest_, true)) shared_.unlisted.push_back(this);
  return file;
}

IoResult<void> ConsumeQueue::remove_file(std::int64_t number) {
  shared_.files.forget({this, number});
  shared_.touched_files.erase({this, number});
  if (auto removed = shared_.disk.remove(path_of(number)); !removed) return removed.error();
  shared_.touched_directories.insert(directory());
  return {};
}

IoResult<void> ConsumeQueue::cut(api::LogOffset end) {
  std::int64_t last_at = 0;
  {
    const std::lock_guard lock(mutex_);
    last_at = last_at_;
  }
  if (last_at < end.value) return clear_files_from(next_);  // a cut before this one may have failed half-way
  auto found = first_at_or_behind(end);
  if (!found) return found.error();
  return cut_from(*found);
}

IoResult<void> ConsumeQueue::cut_from(std::int64_t offset) {
  offset = std::max(offset, begin_);
  std::int64_t last_at = -1;
  if (offset > begin_) {
    HeldFile held;
    auto before = entry(offset - 1, held);
    if (!before) return before.error();
    last_at = before->at.value;
  }
  visible_.store(std::min(visible_.load(), offset));
  if (offset <= first_.load()) first_at_ = -1;
  first_.store(std::min(first_.load(), offset));
  {
    const std::lock_guard lock(mutex_);
    gathered_.drop_from(offset, shared_.freed);
    if (gathered_.end() > offset) gathered_.start_at(offset);
    next_ = offset;
    last_at_ = last_at;
  }
  shared_.pool.give(shared_.freed);
  shared_.freed.clear();
  written_ = std::min(written_, offset);
  return clear_files_from(offset);
}

IoResult<void> ConsumeQueue::clear_files_from(std::int64_t offset) {
  if (tried_ <= offset || begins_anew_) return {};
  if (auto begun = shared_.manifest.begin_clearing(); !begun) return begun.error();
  while (files_end_ - files_first_ > 1 && (files_end_ - 1) * per_file() >= offset) {
    if (auto removed = remove_file(files_end_ - 1); !removed) return removed.error();
    --files_end_;
  }
  const std::int64_t number = files_end_ - 1;
  const std::int64_t to = std::min(tried_, files_end_ * per_file());
  if (files_first_ < files_end_ && offset < to) {
    auto file = file_to_write(number, false);
    if (!file) return file.error();
    const std::int64_t start = number * per_file();
    if (auto zeroed = (*file)->zero((offset - start) * kSize, (to - start) * kSize); !zeroed)
      return zeroed.error();
  }
  tried_ = offset;
  return {};
}

IoResult<void> ConsumeQueue::advance_first(api::LogOffset log_first) {
  if (first_at_ >= log_first.value) return {};
  auto found = first_at_or_behind(log_first);
  if (!found) return found.error();
  const std::int64_t first = std::min(*found, visible_.load());
  if (first > first_.load()) first_.store(first, std::memory_order_release);
  first_at_ = -1;
  if (*found < next_.load()) {
    HeldFile held;
    auto begins = entry(*found, held);
    if (!begins) return begins.error();
    first_at_ = begins->at.value;
  }
  while (files_end_ - files_first_ > 1 && (files_first_ + 1) * per_file() <= first) {
    // One after the other, or a power cut might bring an older one back than the one that stays gone.
    if (auto synced = sync_names(); !synced) return synced;
    if (auto removed = remove_file(files_first_); !removed) return removed.error();
    ++files_first_;
    const std::lock_guard lock(mutex_);
    begin_ = std::max(begin_, files_first_ * per_file());
  }
  return {};
}

void ConsumeQueue::become_empty(api::LogOffset log_end) {
  for (; files_first_ < files_end_; ++files_first_) {
    shared_.files.forget({this, files_first_});
    shared_.touched_files.erase({this, files_first_});
  }
  {
    const std::lock_guard lock(mutex_);
    removed_to_.store(log_end.value, std::memory_order_release);
    visible_ = 0;
    first_ = 0;
    next_ = 0;
    gathered_.drop_from(gathered_.first(), shared_.freed);
    gathered_.start_at(0);
    begin_ = 0;
    last_at_ = -1;
    begins_anew_ = false;
  }
  shared_.pool.give(shared_.freed);
  shared_.freed.clear();
  files_first_ = files_end_ = written_ = tried_ = 0;
  first_at_ = -1;
  names_synced_ = false;
  in_manifest_ = false;
  noted_end_ = -1;
  there_ = false;
}

}  // namespace gantry::store
