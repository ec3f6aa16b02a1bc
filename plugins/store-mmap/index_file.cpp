#include "plugins/store-mmap/index_file.h"

#include "remoting/byte_order.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <limits>
#include <utility>

namespace gantry::store {
namespace {

constexpr std::size_t kNameDigits = 17;

// Times come from the log, where anything may stand: Java's arithmetic, which wraps around.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

std::string digits(int value, std::size_t width) {
  const std::string text = std::to_string(value);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

// The entries of one slot are often near each other when one key is busy: a block of them is read at once.
class EntryWindow {
 public:
  explicit EntryWindow(const IndexFile& file) : file_(file) {}

  IoResult<IndexEntry> entry(std::int32_t number) {
    if (number < first_ || number >= end_) {
      first_ = std::max<std::int32_t>(1, number + 1 - kEntries);
      end_ = number + 1;
      const auto size = static_cast<std::size_t>(end_ - first_) * IndexEntry::kSize;
      if (auto read = file_.read_entries(first_, std::span(bytes_).first(size)); !read) return read.error();
    }
    return IndexEntry::decode(bytes_.data() + static_cast<std::size_t>(number - first_) * IndexEntry::kSize);
  }

 private:
  static constexpr std::int32_t kEntries = 204;  // about a page

  const IndexFile& file_;
  std::int32_t first_ = 0, end_ = 0;
  std::array<char, kEntries * IndexEntry::kSize> bytes_;
};

}  // namespace

IndexHeader IndexHeader::decode(const char* bytes) {
  IndexHeader header;
  header.begin_time = remoting::load_i64(bytes);
  header.end_time = remoting::load_i64(bytes + 8);
  header.begin = {remoting::load_i64(bytes + 16)};
  header.end = {remoting::load_i64(bytes + 24)};
  header.used_slots = remoting::load_i32(bytes + 32);
  header.count = std::max(1, remoting::load_i32(bytes + 36));  // 0: a file that nothing was written to
  return header;
}

void IndexHeader::encode(char* to) const {
  remoting::store_i64(to, begin_time);
  remoting::store_i64(to + 8, end_time);
  remoting::store_i64(to + 16, begin.value);
  remoting::store_i64(to + 24, end.value);
  remoting::store_i32(to + 32, used_slots);
  remoting::store_i32(to + 36, count);
}

IndexEntry IndexEntry::decode(const char* bytes) {
  return {.hash = remoting::load_i32(bytes),
          .at = {remoting::load_i64(bytes + 4)},
          .seconds = remoting::load_i32(bytes + 12),
          .previous = remoting::load_i32(bytes + 16)};
}

void IndexEntry::encode(char* to) const {
  remoting::store_i32(to, hash);
  remoting::store_i64(to + 4, at.value);
  remoting::store_i32(to + 12, seconds);
  remoting::store_i32(to + 16, previous);
}

std::int64_t IndexEntry::time(std::int32_t number, const IndexHeader& header) const {
  // The first one counts from where the file before ended, while the begin time is its own.
  if (number == 1) return header.begin_time;
  return minus(header.begin_time, std::int64_t{-1000} * seconds);
}

std::int32_t index_hash(std::string_view topic, std::string_view key) {
  const std::int32_t hash =
      remoting::java_string_hash(key, remoting::java_string_hash("#", remoting::java_string_hash(topic)));
  if (hash == std::numeric_limits<std::int32_t>::min()) return 0;
  return hash < 0 ? -hash : hash;
}

std::int32_t index_seconds(std::int64_t begin_time, std::int64_t stored_at) {
  if (begin_time <= 0) return 0;
  const std::int64_t seconds = minus(stored_at, begin_time) / 1000;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<std::int32_t>::max()));
}

std::string index_file_name(std::chrono::system_clock::time_point date) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(date);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(date - seconds).count();
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm local{};
  localtime_r(&time, &local);
  return digits(local.tm_year + 1900, 4) + digits(local.tm_mon + 1, 2) + digits(local.tm_mday, 2) +
         digits(local.tm_hour, 2) + digits(local.tm_min, 2) + digits(local.tm_sec, 2) +
         digits(static_cast<int>(ms), 3);
}

bool is_index_file_name(std::string_view name) {
  return name.size() == kNameDigits && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

bool IndexSearch::may_be_in(const IndexHeader& header) const {
  return !full() && header.count > 1 && from_ <= header.end_time && to_ >= header.begin_time;
}

std::int32_t IndexSearch::look_at(std::int32_t number, const IndexEntry& entry, const IndexHeader& header) {
  if (full() || entry.seconds < 0) return 0;
  const std::int64_t time = entry.time(number, header);
  const bool too_old = time < minus(from_, IndexEntry::kTimeStep - 1);
  // A message that has a word twice, or that was indexed again after a crash, comes once.
  const bool repeat = !found_.empty() && found_.back() == entry.at;
  if (entry.hash == hash_ && !too_old && time <= to_ && !repeat) found_.push_back(entry.at);
  // Numbers only fall, whatever a damaged file says, so this ends.
  const bool last = entry.previous <= 0 || entry.previous >= number;
  return last || too_old ? 0 : entry.previous;
}

IoResult<void> IndexFile::read(std::int64_t at, std::span<char> to) const {
  auto size = file_->read(at, to);
  if (!size) return size.error();
  if (*size == to.size()) return {};
  return IoError{EIO, "key index file " + name_ + " has " + std::to_string(*size) + " of " +
                          std::to_string(to.size()) + " bytes at " + std::to_string(at) + ": it should be " +
                          std::to_string(geometry_.size()) + " bytes long"};
}

IoResult<IndexHeader> IndexFile::read_header() const {
  std::array<char, IndexHeader::kSize> bytes;
  if (auto done = read(0, bytes); !done) return done.error();
  return IndexHeader::decode(bytes.data());
}

IoResult<IndexEntry> IndexFile::read_entry(std::int32_t number) const {
  std::array<char, IndexEntry::kSize> bytes;
  if (auto done = read_entries(number, bytes); !done) return done.error();
  return IndexEntry::decode(bytes.data());
}

IoResult<std::int32_t> IndexFile::read_slot(std::int32_t hash) const {
  std::array<char, IndexGeometry::kSlotSize> bytes;
  const auto at = static_cast<std::int64_t>(IndexHeader::kSize + geometry_.slot_position(hash));
  if (auto done = read(at, bytes); !done) return done.error();
  return remoting::load_i32(bytes.data());
}

IoResult<void> IndexFile::read_entries(std::int32_t first, std::span<char> to) const {
  return read(geometry_.entry_at(first), to);
}

IoResult<void> IndexFile::write_header(const IndexHeader& header) {
  std::array<char, IndexHeader::kSize> bytes;
  header.encode(bytes.data());
  return file_->write(0, std::string_view(bytes.data(), bytes.size()));
}

IoResult<void> IndexFile::write_entries(std::int32_t first, std::string_view bytes) {
  return file_->write(geometry_.entry_at(first), bytes);
}

IoResult<void> IndexFile::search_from(std::int32_t number, const IndexHeader& header,
                                      IndexSearch& search) const {
  EntryWindow window(*this);
  while (number > 0 && number < header.count) {
    auto entry = window.entry(number);
    if (!entry) return entry.error();
    number = search.look_at(number, *entry, header);
  }
  return {};
}

IoResult<void> IndexFile::search(const IndexHeader& header, IndexSearch& search) const {
  auto newest = read_slot(search.hash());
  if (!newest) return newest.error();
  return search_from(*newest, header, search);
}

}  // namespace gantry::store
