// A disk in memory that loses power, fills up, fails a chosen call, and is slow; on one thread, and the same
// from the same seed.
//
// Fault model
//  - A file's bytes are in the page cache and on the disk. sync() brings all of its pages and its length to
//    the disk. At a power cut each page of 4 KiB that was not synced is kept, lost, or torn at sectors of
//    512 bytes, in any combination; one that was written several times may be there as any of them left it.
//    How much survives is chosen anew for each file, from nothing to all.
//  - A lost page has the bytes it had before: zeros where the file had not been written, old ones where it
//    had. Where the length survives and the bytes do not, there are zeros. A length that was not synced is
//    one that the file had since its last sync; blocks that were allocated since are kept or lost with it.
//  - A name that was made or removed since its directory's last sync is there or not, whatever the others of
//    the directory do; one that took another's place stands for the one or the other file. The sync of a file
//    says nothing about its name, nor that of a directory about its own.
//  - A call that fails may have done a part: a write some first bytes, an allocation some first blocks, a
//    sync some pages, the sync of a directory some names, a creation or a removal all of it.
//  - After a sync that failed, the pages that it did not write stay in the cache but are clean: a later sync
//    says yes and does not write them, as on Linux. They are lost at the next power cut, and evict() shows
//    the disk's bytes again.
//  - The disk is full at any number of 4 KiB blocks. Writing where a file has blocks needs none; a removed
//    file gives them back when nobody has it open or mapped. Room can be given and taken at any time.
//  - A slow disk lets the simulated clock run during a call.
//  - A bad sector makes reads and bring_in() fail. Mappings show zeros there; those made before it say
//    failed(), as if somebody had read it.
//  - A kill loses no bytes. After it and after a power cut, files that were open give errors and locks are
//    free; mappings of before stay readable.
#pragma once

#include "kernel/api/testing/manual_jobs.h"
#include "plugins/store-mmap/file_system.h"
#include "tests/unit/store-mmap/seeded_random.h"
#include "tests/unit/store-mmap/simulated_directory.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

// Thread: one. Paths are relative to a root that is there; a leading slash makes no difference.
class SimulatedFileSystem final : public FileSystem {
 public:
  enum class Call : std::uint8_t {
    open,
    list,
    exists,
    make_directories,
    rename,
    remove,
    remove_directory,
    sync_directory,
    space,
    lock,
    lock_for_reading,
    write,
    read,
    sync,
    allocate,
    resize,
    zero,
    size,
    next_data,
    map,
    bring_in,
  };
  // Whether a call may leave something else on the disk than was there.
  static bool changes(Call call);
  static std::string_view name(Call call);

  SimulatedFileSystem(std::uint64_t seed, api::testing::ManualClock& clock) : random_(seed), clock_(clock) {}

  // ---- What goes wrong

  struct Fault {
    std::int64_t at = 0;  // how many of the calls that count go well before one fails
    int number = EIO;
    bool from_then_on = false;
    std::function<bool(Call, const Path&)> counts{};  // empty: every call
  };
  void fail(Fault fault);  // in place of the one before
  void mend() { fault_.reset(); }
  bool fault_fired() const { return fired_; }

  // The power goes in the middle of a call that changes something, after so many of them that went well: from
  // then on every call fails, until power_cut() brings it back. What the store says meanwhile, nobody hears.
  void lose_power_after(std::int64_t calls);
  bool powered() const { return powered_; }

  // The power goes, and comes back: what is there is chosen. Takes away the fault that was set.
  void power_cut();
  // The process ends without a word, and another one starts.
  void kill();
  // Another disk, as this one may be after a power cut now; this one goes on. What is all synced is the same.
  std::unique_ptr<SimulatedFileSystem> after_power_cut(std::uint64_t seed,
                                                       api::testing::ManualClock& clock) const;

  struct Slowness {
    std::chrono::nanoseconds most_write{};
    std::chrono::nanoseconds most_sync{};
    std::uint64_t one_in = 1;  // of the calls is slow at all
  };
  void slow_down(const Slowness& slowness) { slowness_ = slowness; }
  // How many bytes can still be written where there are no blocks yet.
  void set_room(std::int64_t bytes) { space_->capacity = space_->used + bytes; }

  void flip_bit(const Path& file, std::int64_t at, unsigned bit);
  void overwrite(const Path& file, std::int64_t at, std::string_view bytes);
  void make_unreadable(const Path& file, std::int64_t from, std::int64_t to);
  // Nothing of any file is in memory but what is still to be written.
  void evict();
  // Another process has the lock of that file, until it lets go.
  void lock_elsewhere(const Path& file) { locked_elsewhere_ = file.relative_path(); }
  void unlock_elsewhere() { locked_elsewhere_.reset(); }

  // ---- What is there

  // Durable at once; the directories too.
  void plant(const Path& file, std::string_view bytes);
  void plant_directory(const Path& directory);
  void mount(const Path& directory);  // another disk, but for its room and its power
  void lose(const Path& path);
  std::vector<Path> all_files() const;  // sorted
  bool has(const Path& path) const { return node(path).there(); }
  std::string text(const Path& file) const;
  // As it is if a power cut keeps nothing that was not synced.
  std::string on_disk(const Path& file) const { return content(file).on_disk(); }
  // Whether a power cut could not take these bytes, nor the file's name.
  bool durable(const Path& file, std::int64_t from, std::int64_t to) const;
  bool name_durable(const Path& path) const;

  struct Counts {
    std::int64_t calls = 0;
    std::int64_t syncs = 0;
    std::int64_t written = 0;  // bytes that write() was given
    std::int64_t synced = 0;   // bytes of pages that sync() brought to the disk
  };
  const Counts& counts() const { return counts_; }

  // ---- FileSystem

  IoResult<std::unique_ptr<File>> open(const Path& file, Open how) override;
  IoResult<std::vector<Entry>> list(const Path& directory) override;
  IoResult<bool> exists(const Path& path) override;
  IoResult<void> make_directories(const Path& directory) override;
  IoResult<void> rename(const Path& from, const Path& to) override;
  IoResult<void> remove(const Path& file) override;
  IoResult<void> remove_directory(const Path& path) override;
  IoResult<void> sync_directory(const Path& directory) override;
  IoResult<std::unique_ptr<Disk>> disk_of(const Path& directory) override;
  IoResult<Space> space(const Path& directory) override;
  IoResult<std::unique_ptr<File>> lock(const Path& file) override;
  IoResult<std::unique_ptr<File>> lock_for_reading(const Path& file) override;

 private:
  friend class SimulatedDisk;
  friend class SimulatedFile;
  friend class SimulatedMapping;

  enum class Course : std::uint8_t { well, partly, not_at_all };
  struct Place {
    std::shared_ptr<SimulatedDirectory> directory;  // nullptr: there is none
    std::string name;
  };

  // One call begins; how it goes. Unless well, number_ says why.
  Course begin(Call call, const Path& path);
  void be_slow(Call call);
  IoError error(Call call, const Path& path, int number) const;
  std::shared_ptr<SimulatedDirectory> directory(const Path& path) const;
  Place place(const Path& path) const;
  SimulatedNode node(const Path& path) const;
  SimulatedContent& content(const Path& file) const;
  SimulatedNode new_file() const;
  std::int64_t date() const;

  SeededRandom random_;
  api::testing::ManualClock& clock_;
  std::shared_ptr<SimulatedSpace> space_ = std::make_shared<SimulatedSpace>();
  std::shared_ptr<SimulatedDirectory> root_ = std::make_shared<SimulatedDirectory>();
  std::int64_t life_ = 0;  // of the process: ends at a kill and at a power cut
  std::map<std::string, std::weak_ptr<void>> locks_;
  std::map<std::string, std::weak_ptr<void>> reading_locks_;  // all who share one hold the same
  std::optional<Path> locked_elsewhere_;
  std::optional<Fault> fault_;
  bool fired_ = false;
  int number_ = EIO;
  bool powered_ = true;
  std::optional<std::int64_t> calls_with_power_;
  Slowness slowness_;
  Counts counts_;
};

}  // namespace gantry::store
