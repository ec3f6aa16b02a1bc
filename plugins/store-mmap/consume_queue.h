// One consume queue: for each message of a (topic, queue) where it lies in the log. Message n is entry n.
//
//   first          visible end       next
//     |  readable      |  added, not   |
//     |                |  yet shown    |
//     |-- in files --|---- in memory --|      files lag behind: ConsumeQueues writes them
//
// On disk as Apache's broker has it: files of one length named by their first byte, sparse behind the last
// entry, and before the first entry of a queue that does not begin at 0 its first file is filled up.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/gathered_entries.h"
#include "plugins/store-mmap/planted.h"
#include "plugins/store-mmap/queue_entry.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace gantry::store {

struct FoundQueue;
struct QueuesShared;

// Its address is good as long as the ConsumeQueues lives, also after the topic was removed: it then is empty
// and begins at 0.
class ConsumeQueue {
 public:
  ConsumeQueue(QueuesShared& shared, const std::string& topic, api::QueueId id, std::int64_t file_size);
  ConsumeQueue(const ConsumeQueue&) = delete;
  ConsumeQueue& operator=(const ConsumeQueue&) = delete;

  // All that a look-up and an add() touch comes near: what stands before maintenance's own. Thread: any.
  void prefetch() const {
    const char* const end = reinterpret_cast<const char*>(&file_size_);
    for (const char* at = reinterpret_cast<const char*>(this); at < end; at += 64) __builtin_prefetch(at);
  }

  const std::string& topic() const { return topic_; }
  api::QueueId id() const { return id_; }

  // The queue offset that the next message gets. Thread: the one who appends.
  std::int64_t next() const { return next_.load(std::memory_order_relaxed); }
  // Whether it holds no entry, in memory or in a file, though next() may say where it is to go on.
  bool empty() const;
  // Where its last entry points, if it has one.
  api::LogOffset last_at() const;
  // Thread: the one who appends. `offset` is next(), the first one's; of an empty() queue it may be any, and
  // the queue then begins there. Another one is a std::logic_error. There is at least one entry.
  void add(std::int64_t offset, std::span<const QueueEntry> entries);
  void add(std::int64_t offset, const QueueEntry& entry) { add(offset, {&entry, 1}); }

  // Thread: the one who appends. Numbers for messages that are on their way into the log: next(), the one
  // after it and so on. For each, in order, give_back() and add() follow when it is there, or give_back()
  // alone.
  std::int64_t assign() {
    const std::int64_t ahead = on_the_way_++;
    return next() + (planted(Planted::queue_offset_repeated) ? 0 : ahead);
  }
  void give_back() { --on_the_way_; }

  // Thread: whoever makes messages visible, in order, one at a time. Entries before `end` may be read.
  void make_visible(std::int64_t end) { visible_.store(end, std::memory_order_release); }
  // The same, up to the entry of the message there. False: its topic was removed meanwhile.
  bool make_visible(std::int64_t end, api::LogOffset at) {
    const std::lock_guard lock(mutex_);  // it could be removed between the look and the store
    if (at.value < removed_to_.load(std::memory_order_relaxed)) return false;
    make_visible(end);
    return true;
  }

  // Thread: any.
  struct Range {
    std::int64_t first = 0;
    std::int64_t end = 0;
  };
  Range range() const;

  // How many entries it read, from `from` on: fewer than asked only at the end of range(), none outside it.
  // nullopt: it would have to wait for the disk, and was not told that it may. An entry that is not written()
  // is damage to the file. Thread: any.
  IoResult<std::optional<std::size_t>> read(std::int64_t from, std::span<QueueEntry> to, bool may_wait);

 private:
  friend class ConsumeQueues;  // calls what follows under its `maintenance` lock, and waits for the disk

  struct HeldFile {
    std::int64_t number = -1;
    std::shared_ptr<File> file;
  };

  void begin_as(const FoundQueue& found);
  // Everything gathered up to now goes to the files. After an error what was not written is still gathered.
  IoResult<void> write_gathered(bool keep_open);
  IoResult<void> cut(api::LogOffset end);
  void log_was_cut(api::LogOffset end) { removed_to_ = std::min(removed_to_.load(), end.value); }
  IoResult<void> cut_from(std::int64_t offset);
  IoResult<void> advance_first(api::LogOffset log_first);
  void become_empty(api::LogOffset log_end);

  std::filesystem::path directory() const;
  std::filesystem::path path_of(std::int64_t number) const;
  std::int64_t per_file() const { return file_size_ / static_cast<std::int64_t>(QueueEntry::kSize); }

  void begin_at(std::int64_t offset);
  std::size_t read_memory(std::int64_t from, std::span<QueueEntry> to, std::int64_t& in_files_to) const;
  IoResult<std::optional<std::size_t>> read_file(std::int64_t from, std::span<QueueEntry> to, bool may_wait);
  IoResult<QueueEntry> entry(std::int64_t offset, HeldFile& held);
  IoResult<std::int64_t> first_at_or_behind(api::LogOffset at);

  IoResult<std::shared_ptr<File>> file_to_write(std::int64_t number, bool keep_open);
  IoResult<std::shared_ptr<File>> make_file(std::int64_t number, bool keep_open);
  IoResult<void> remove_file(std::int64_t number);
  void touch(std::int64_t number);
  void touch_names();
  IoResult<void> sync_names();
  void touch_last_file();
  IoResult<void> begin_files_anew(std::int64_t begin);
  IoResult<void> write_filler(std::int64_t to, bool keep_open);
  IoResult<void> write_block(std::int64_t to, bool keep_open);
  IoResult<void> clear_files_from(std::int64_t offset);

  std::int64_t on_the_way_ = 0;  // the one who appends

  QueuesShared& shared_;
  const std::string& topic_;
  const api::QueueId id_;

  mutable std::mutex mutex_;   // guards the next block; held for moments
  GatheredEntries gathered_;   // its end is next_
  std::int64_t begin_ = 0;     // the lowest entry; filler or nothing before it
  std::int64_t last_at_ = -1;  // where the last entry points; -1: there is none
  bool begins_anew_ = false;   // what files there are hold no entry and do not fit the numbering
  bool listed_ = false;        // among those that have something to write
  bool listed_large_ = false;  // among those that have a block's worth

  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> visible_{0};
  std::atomic<std::int64_t> removed_to_{0};  // what lies before it in the log has no entry here
  std::atomic<std::int64_t> first_{0};
  std::atomic<bool> there_{true};  // false: its topic was removed and nobody asked for it since

  // Maintenance only.
  const std::int64_t file_size_;
  std::int64_t files_first_ = 0;  // numbers of the files: [files_first_, files_end_)
  std::int64_t files_end_ = 0;
  std::int64_t written_ = 0;     // entries before it are in the files
  std::int64_t tried_ = 0;       // from here on the files hold nothing but zeros
  std::int64_t first_at_ = -1;   // where the first entry points; -1: not known
  bool names_synced_ = false;    // since it was opened, or will be at the next sync
  bool in_manifest_ = false;     // or will be after the next sync
  std::int64_t noted_end_ = -1;  // what the manifest has as its end; -1: nothing
};

}  // namespace gantry::store
