// The file of the key index that takes entries. Its slots are in memory, and entries gather there until a
// block of them is written behind the others. Slots reach the file when it is full or when the broker stops:
// what stands there in between is of no use, and after a crash they are made again from the entries.
//
// Thread: one changes it; search() and header() come from any.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/index_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace gantry::store {

struct IndexKey {
  std::int32_t hash = 0;
  api::LogOffset at;
  std::int64_t stored_at = 0;  // ms since 1970
};

class GrowingIndex {
 public:
  static constexpr std::size_t kBlockEntries = (std::size_t{256} << 10) / IndexEntry::kSize;

  // A new one, seeded as Apache's broker does it: with what the file before it ends with.
  static std::unique_ptr<GrowingIndex> begin(std::shared_ptr<IndexFile> file, const IndexHeader& before);

  // One whose slots in the file are right; they are read when the first entry comes.
  static std::unique_ptr<GrowingIndex> resume(std::shared_ptr<IndexFile> file, const IndexHeader& header);

  // One whose slots are made again, from the entries before number `count` without those of messages at or
  // behind `cut`; what follows them in the file becomes zeros. `header` is the file's.
  struct Rebuilt {
    std::unique_ptr<GrowingIndex> index;
    std::string damage;  // then there is no index, and the file is as it was
  };
  static IoResult<Rebuilt> rebuild(std::shared_ptr<IndexFile> file, const IndexHeader& header,
                                   std::int32_t count, api::LogOffset cut);

  const std::shared_ptr<IndexFile>& file() const { return file_; }
  IndexHeader header() const;
  bool full() const { return header_.count >= geometry_.entries; }

  void prefetch(std::int32_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(slots_.data() + geometry_.slot_position(hash), 1);
  }
  // How many of them it took, 1 at least; not when it is full. After an error none, and the same keys may be
  // put again.
  IoResult<std::size_t> put(std::span<const IndexKey> keys);

  // Writes what is gathered, and the header.
  IoResult<void> write_entries();
  // The slots too: Apache's broker could open the file.
  IoResult<void> write_everything();
  // Makes durable what was written since the last time.
  IoResult<void> sync();

  // Returns the header as it was then.
  IoResult<IndexHeader> search(IndexSearch& search) const;

 private:
  GrowingIndex(std::shared_ptr<IndexFile> file, const IndexHeader& header)
      : file_(std::move(file)), geometry_(file_->geometry()), header_(header), written_(header.count) {}

  IoResult<std::string> replay(std::int32_t count, api::LogOffset cut);
  std::string take_back(std::span<const char> entries, api::LogOffset cut);
  void end_as(const IndexHeader& in_file);
  IoResult<void> read_slots();
  IoResult<void> write_block();
  void put_one(const IndexKey& key);
  char* gathered(std::int32_t number) {
    return block_.data() + static_cast<std::size_t>(number - written_) * IndexEntry::kSize;
  }

  const std::shared_ptr<IndexFile> file_;
  const IndexGeometry geometry_;

  // Guarded by mutex_ against search() and header(); never held while waiting for the disk.
  mutable std::mutex mutex_;
  IndexHeader header_;
  std::vector<char> slots_;  // as the file has them; empty: the file's are right
  std::vector<char> block_;  // entries that the file does not have yet
  std::int32_t written_;     // the number of the first of them

  // The changing thread's own.
  IndexHeader header_in_file_{.count = 0};
  bool slots_in_file_ = false;
  bool unsynced_ = false;
};

}  // namespace gantry::store
