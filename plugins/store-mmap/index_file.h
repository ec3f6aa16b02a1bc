// One file of the key index as it is on disk; frozen, Apache's broker reads and writes it too:
//
//   header    i64 begin time   i64 end time   i64 begin   i64 end   i32 used slots   i32 count
//   slots     i32 number of the newest entry whose hash falls here; 0: none
//   entries   i32 hash   i64 log offset   i32 seconds since the begin time   i32 entry before it in its slot
//
// Entries are numbered; number 0 is never used, and `count` is the number that the next one gets. Times are
// ms since 1970, `begin` and `end` the log offsets of the first and the newest message. How many slots and
// entries there are is not in the file. It is sparse, and its name is the local time at which it was made.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

struct IndexHeader {
  static constexpr std::size_t kSize = 40;

  std::int64_t begin_time = 0, end_time = 0;
  api::LogOffset begin{}, end{};
  std::int32_t used_slots = 0;
  std::int32_t count = 1;

  static IndexHeader decode(const char* bytes);
  void encode(char* to) const;
  bool operator==(const IndexHeader&) const = default;
};

struct IndexEntry {
  static constexpr std::size_t kSize = 20;
  static constexpr std::int64_t kTimeStep = 1000;  // ms; entries' times are rounded down to it

  std::int32_t hash = 0;
  api::LogOffset at;
  std::int32_t seconds = 0;
  std::int32_t previous = 0;

  static IndexEntry decode(const char* bytes);
  void encode(char* to) const;
  std::int64_t time(std::int32_t number, const IndexHeader& header) const;
  bool operator==(const IndexEntry&) const = default;
};

struct IndexGeometry {
  static constexpr std::size_t kSlotSize = 4;

  std::int32_t slots = 0;
  std::int32_t entries = 0;  // the unused one included

  std::size_t slots_size() const { return kSlotSize * static_cast<std::size_t>(slots); }
  // Among the slots.
  std::size_t slot_position(std::int32_t hash) const {
    return kSlotSize * static_cast<std::size_t>(hash % slots);
  }
  std::int64_t entry_at(std::int32_t number) const {
    return static_cast<std::int64_t>(IndexHeader::kSize + slots_size()) +
           static_cast<std::int64_t>(IndexEntry::kSize) * number;
  }
  std::int64_t size() const { return entry_at(entries); }
};

// Never negative.
std::int32_t index_hash(std::string_view topic, std::string_view key);

// What an entry says of its time, to the second; 0 when the file has no begin time yet.
std::int32_t index_seconds(std::int64_t begin_time, std::int64_t stored_at);

std::string index_file_name(std::chrono::system_clock::time_point date);
bool is_index_file_name(std::string_view name);

// Gathers messages, from the newest on, as entries go by.
class IndexSearch {
 public:
  IndexSearch(std::int32_t hash, std::size_t most, std::int64_t from_ms, std::int64_t to_ms)
      : hash_(hash), most_(most), from_(from_ms), to_(to_ms) {}

  std::int32_t hash() const { return hash_; }
  bool full() const { return found_.size() >= most_; }
  bool may_be_in(const IndexHeader& header) const;
  bool may_be_before(const IndexHeader& header) const { return !full() && header.begin_time >= from_; }

  // Looks at an entry of its slot; the number of the next one to look at, 0: none.
  std::int32_t look_at(std::int32_t number, const IndexEntry& entry, const IndexHeader& header);

  std::vector<api::LogOffset> take() { return std::move(found_); }

 private:
  const std::int32_t hash_;
  const std::size_t most_;
  const std::int64_t from_, to_;
  std::vector<api::LogOffset> found_;
};

// Thread: any for reading; who writes sees to it that nobody reads these bytes.
class IndexFile {
 public:
  IndexFile(std::unique_ptr<File> file, std::string name, const IndexGeometry& geometry)
      : file_(std::move(file)), name_(std::move(name)), geometry_(geometry) {}

  const std::string& name() const { return name_; }
  const IndexGeometry& geometry() const { return geometry_; }
  File& file() const { return *file_; }

  IoResult<IndexHeader> read_header() const;
  IoResult<IndexEntry> read_entry(std::int32_t number) const;
  IoResult<std::int32_t> read_slot(std::int32_t hash) const;
  // As many as fit; the file must have them.
  IoResult<void> read_entries(std::int32_t first, std::span<char> to) const;
  IoResult<void> read_slots(std::span<char> to) const { return read(IndexHeader::kSize, to); }

  IoResult<void> write_header(const IndexHeader& header);
  IoResult<void> write_entries(std::int32_t first, std::string_view bytes);
  IoResult<void> write_slots(std::string_view bytes) { return file_->write(IndexHeader::kSize, bytes); }

  // Through the entries from `number` on.
  IoResult<void> search_from(std::int32_t number, const IndexHeader& header, IndexSearch& search) const;
  // By the slots as they are in the file.
  IoResult<void> search(const IndexHeader& header, IndexSearch& search) const;

 private:
  IoResult<void> read(std::int64_t at, std::span<char> to) const;

  const std::unique_ptr<File> file_;
  const std::string name_;
  const IndexGeometry geometry_;
};

// A file that takes no more entries.
struct SealedIndex {
  std::shared_ptr<IndexFile> file;
  IndexHeader header;
};

}  // namespace gantry::store
