// The bytes of one file on a simulated disk, twice: as the page cache has them, and as the disk does. The
// fault model is in simulated_file_system.h.
#pragma once

#include "tests/unit/store-mmap/seeded_random.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::store {

// How many bytes of blocks the disk has, and how many are taken.
struct SimulatedSpace {
  std::int64_t capacity = std::int64_t{1} << 50;
  std::int64_t used = 0;
};

// The blocks of one file: given back when its last name is removed and nobody has it open or mapped.
class SimulatedBlocks {
 public:
  explicit SimulatedBlocks(std::shared_ptr<SimulatedSpace> space) : space_(std::move(space)) {}
  SimulatedBlocks(const SimulatedBlocks&) = delete;
  ~SimulatedBlocks() { space_->used -= bytes_; }

  // False: the disk is full.
  bool take(std::int64_t bytes) {
    if (space_->used + bytes > space_->capacity) return false;
    bytes_ += bytes;
    space_->used += bytes;
    return true;
  }
  void give_back(std::int64_t bytes) {
    bytes_ -= bytes;
    space_->used -= bytes;
  }

 private:
  std::shared_ptr<SimulatedSpace> space_;
  std::int64_t bytes_ = 0;
};

class SimulatedContent {
 public:
  static constexpr std::int64_t kPage = 4096;
  static constexpr std::int64_t kSector = 512;

  explicit SimulatedContent(const std::shared_ptr<SimulatedBlocks>& blocks) : blocks_(blocks) {}

  std::int64_t size() const { return size_; }
  std::int64_t modified = 0;  // ms since 1970

  // Each returns how far it got before the disk was full.
  std::int64_t write(std::int64_t at, std::string_view bytes, SeededRandom& random);
  std::int64_t allocate(std::int64_t size);

  void resize(std::int64_t size, SeededRandom& random);
  void zero(std::int64_t from, std::int64_t to, SeededRandom& random);
  std::size_t read(std::int64_t at, std::span<char> to) const;
  // The first block at or behind that; the size: there is none.
  std::int64_t next_data(std::int64_t at) const;

  // How many bytes went to the disk.
  std::int64_t sync() { return sync(0, size_); }
  // ... of these bytes' pages; the file's length and its blocks in any case.
  std::int64_t sync(std::int64_t from, std::int64_t to);
  // Some of the pages went to the disk; the others never will, unless they are written again.
  void fail_sync(SeededRandom& random);

  // What a mapping shows: the cache's bytes, at an address that stays as long as somebody holds it.
  std::shared_ptr<const char> mapped();

  // Whether these bytes are on the disk as the cache has them, and the file is long enough.
  bool durable(std::int64_t from, std::int64_t to) const;
  std::string on_disk() const;

  bool resident(std::int64_t from, std::int64_t to) const;
  bool readable(std::int64_t from, std::int64_t to) const;
  std::size_t bad_sectors() const { return unreadable_.size(); }  // pages that have one
  void bring_in(std::int64_t from, std::int64_t to);
  // Pages that need not be written fall out of the cache; one that could not be written shows its old bytes.
  void evict();

  // Changes both what is cached and what is on the disk.
  void spoil(std::int64_t at, std::string_view bytes);
  // A bad sector.
  void make_unreadable(std::int64_t from, std::int64_t to);

  // What is there when the power is back. `blocks` are those of the new file.
  std::shared_ptr<SimulatedContent> after_power_cut(const std::shared_ptr<SimulatedBlocks>& blocks,
                                                    SeededRandom& random) const;

 private:
  // A page that the disk has otherwise than the cache.
  struct Differing {
    std::string on_disk;
    bool dirty = false;  // will be written; false: a sync failed, and nobody knows any more that it should be
  };
  // The cache's bytes. Those behind the file's end are zeros.
  struct Buffer {
    explicit Buffer(std::int64_t size)
        : bytes(static_cast<char*>(std::calloc(static_cast<std::size_t>(size), 1))), capacity(size) {}
    Buffer(const Buffer&) = delete;
    ~Buffer() { std::free(bytes); }
    char* bytes;
    std::int64_t capacity;
  };

  static std::int64_t page_of(std::int64_t at) { return at / kPage; }
  static std::int64_t pages_of(std::int64_t size) { return (size + kPage - 1) / kPage; }
  bool has_block(std::int64_t page) const {
    return static_cast<std::size_t>(page) < has_block_.size() && has_block_[static_cast<std::size_t>(page)];
  }
  bool take_block(std::int64_t page);
  void need_capacity(std::int64_t size);
  void set_size(std::int64_t size);
  void put(std::int64_t at, std::string_view bytes);
  void before_change(std::int64_t page, SeededRandom& random);
  std::string_view cached_page(std::int64_t page) const;
  void warm(std::int64_t page, bool is);
  static std::string torn(std::string_view old_page, std::string_view new_page, SeededRandom& random);

  std::weak_ptr<SimulatedBlocks> blocks_;
  std::int64_t size_ = 0;
  std::vector<std::int64_t> sizes_{0};  // since the last sync, oldest first
  std::shared_ptr<Buffer> buffer_;
  std::vector<std::weak_ptr<Buffer>> older_;  // of mappings made when the file was shorter
  std::map<std::int64_t, Differing> differing_;
  std::vector<bool> has_block_;
  std::set<std::int64_t> new_blocks_;  // since the last sync
  std::vector<bool> warm_;
  std::set<std::int64_t> unreadable_;
};

}  // namespace gantry::store
