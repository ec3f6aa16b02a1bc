// The file of the key index that takes entries. Its slots are in memory, entries gather there until a block
// of them is written behind the others; slots reach the file when it is full or when the broker stops, so
// what stands there in between is of no use, and they are made again from the entries after a crash.
//
// Thread: calls that change it come from one thread, which shuts out readers during put() and the calls that
// say so; its own reading needs no lock.
#pragma once

#include "plugins/store-mmap/index_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

class GrowingIndex {
 public:
  static constexpr std::size_t kBlockEntries = (std::size_t{256} << 10) / IndexEntry::kSize;

  // A new one, seeded as Apache's broker does it: with what the file before it ends with.
  static std::unique_ptr<GrowingIndex> begin(std::shared_ptr<IndexFile> file, const IndexHeader* before);

  // One whose slots in the file are right. They are read when the first entry comes.
  static std::unique_ptr<GrowingIndex> resume(std::shared_ptr<IndexFile> file, const IndexHeader& header);

  // From its entries before number `count`, without those of messages at or behind `cut`; makes zeros of what
  // follows. `damage`: an entry is not what it must be, and nothing was changed.
  struct Rebuilt {
    std::unique_ptr<GrowingIndex> index;  // nullptr: see `damage`
    std::string damage;
  };
  static IoResult<Rebuilt> rebuild(std::shared_ptr<IndexFile> file, const IndexHeader& header,
                                   std::int32_t count, api::LogOffset cut);

  const std::shared_ptr<IndexFile>& file() const { return file_; }
  const IndexHeader& header() const { return header_; }
  bool full() const { return header_.count >= geometry_.entries; }

  // How many entries can be put without an I/O call before; 0: call make_room().
  std::size_t room() const;
  // Reads the slots, writes a block out. Waits for the disk; readers may go on. Then call made_room(),
  // without readers.
  IoResult<void> make_room();
  void made_room();

  void prefetch(std::int32_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(slots_.data() + slot_position(hash), 1);
  }
  // Needs room. Without readers.
  void put(std::int32_t hash, api::LogOffset at, std::int64_t stored_at);

  // Writes what is gathered, and the header. Waits for the disk; readers may go on. Then call made_room(),
  // without readers.
  IoResult<void> write_entries();
  // The same, and the slots if the file's are not right.
  IoResult<void> write_everything();

  // Searches what is in memory; the number of the first entry that must be looked at in the file, 0: none.
  // Readers. By then the header may have changed: `header` is the one to go on with.
  std::int32_t search_memory(IndexSearch& search) const;
  // False: search in the file, whose slots are right.
  bool slots_in_memory() const { return !slots_.empty(); }

 private:
  GrowingIndex(std::shared_ptr<IndexFile> file, const IndexHeader& header);

  std::size_t slot_position(std::int32_t hash) const {
    return geometry_.slot_of(hash) * IndexGeometry::kSlotSize;
  }
  std::int32_t gathered() const { return header_.count - written_; }

  const std::shared_ptr<IndexFile> file_;
  const IndexGeometry geometry_;
  IndexHeader header_;
  std::vector<char> slots_;     // as the file has them; empty: the file's are right
  std::vector<char> read_in_;   // slots that made_room() takes
  std::vector<char> block_;     // entries from number written_ on
  std::int32_t written_ = 1;    // entries before that are in the file
  std::int32_t writing_ = 1;    // what made_room() makes of written_
  IndexHeader header_in_file_;  // what the file has
  bool slots_right_ = false;    // in the file
};

}  // namespace gantry::store
