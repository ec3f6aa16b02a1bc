// Finds messages by key: files of Apache's format, each a hash table over so many keys in the log's order.
// They can be made again from the log, and follow it at some distance.
//
// The newest file grows: growing_index.h. After a crash it goes on from what the checkpoint says of it;
// nothing of it is thrown away.
//
// After ENOSPC or EIO, call again with the same message when there may be room again: nothing is lost and
// nothing comes twice. After a failed sync() none succeeds any more, and a restart goes on from the last one
// that did; adding and finding go on.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/commit_listener.h"
#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/growing_index.h"
#include "plugins/store-mmap/index_file.h"
#include "plugins/store-mmap/index_position.h"
#include "plugins/store-mmap/index_recovery.h"
#include "remoting/message_record_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

class KeyIndex {
 public:
  struct Settings {
    std::filesystem::path directory;
    std::int32_t slots = 5'000'000;
    std::int32_t entries = 20'000'000;
  };
  KeyIndex(FileSystem& files, Settings settings, const api::Clock& clock);

  struct Opened {
    api::LogOffset follow_from;         // add() wants the messages from here on; it may have had the first
    std::vector<std::string> warnings;  // for the operator
  };
  // `position` as of the checkpoint. nullopt: unknown, since Apache's broker wrote last; then what the files
  // say is taken if it stopped cleanly, else the last one is made again. A file that does not fit or is
  // damaged is removed with a warning, and its messages are asked for again. Entries of messages at or behind
  // `log_end` are dropped. Once, before everything else.
  IoResult<Opened> open(const std::optional<IndexPosition>& position, bool clean, api::LogOffset log_first,
                        api::LogOffset log_end);

  // Messages of the log, in order; repeats are ignored. After an error position() says how many are in; what
  // is called again may begin there or earlier. Many at once are faster. Lane `index`.
  IoResult<void> add(std::span<const api::LogEntry> entries);
  IoResult<void> add(api::LogOffset at, const remoting::MessageRecordView& record);

  // Messages up to there had no keys, or no business here. Lane `index`.
  void followed_to(api::LogOffset log);

  // Makes durable what was added, and returns what the checkpoint may then say. Lane `index`.
  IoResult<IndexPosition> sync();

  // A clean stop: now Apache's broker could open the files. As sync() otherwise, which returns the position.
  // Lane `index`.
  IoResult<void> close();

  // The messages that may have that key under that topic and were stored between those times (both count),
  // newest first. What only hashes alike is among them, and what was stored up to a second outside of that
  // time: compare the record. Waits for the disk. Thread: any.
  IoResult<std::vector<api::LogOffset>> find(std::string_view topic, std::string_view key, std::size_t most,
                                             std::int64_t from_ms, std::int64_t to_ms) const;

  // Removes files that are only about messages before that; never the newest one, nor those that the
  // checkpoint may name. Lane `housekeeping`.
  IoResult<void> drop_before(api::LogOffset log_first);

  // Every message before it can be found. Thread: any.
  api::LogOffset position() const { return {position_.load(std::memory_order_acquire)}; }

  // The newest message that is in the index; zeros: there is none. Thread: any.
  struct Newest {
    api::LogOffset at;
    std::int64_t stored_at = 0;  // ms since 1970
  };
  Newest newest() const;

 private:
  // So many keys are put in together: their slots come from memory meanwhile, and the lock is taken once.
  static constexpr std::size_t kBatch = 64;

  void gather(const api::LogEntry& entry);
  IoResult<void> put_gathered();
  IoResult<void> begin_file();
  SealedIndex newest_file() const;
  std::string next_name(const std::string& last) const;
  IoResult<void> sync_files();

  FileSystem& files_;
  const Settings settings_;
  const IndexGeometry geometry_;
  const api::Clock& clock_;

  // Guarded by mutex_, which is never held while waiting for the disk. The lane alone puts a growing one
  // there, and reads it without.
  mutable std::mutex mutex_;
  std::vector<SealedIndex> sealed_;  // oldest first
  std::shared_ptr<GrowingIndex> growing_;
  std::string named_;  // the file of the last position that left here

  std::atomic<std::int64_t> position_{0};

  // The lane's own.
  std::vector<IndexKey> gathered_;  // of messages before gathered_to_, not put in yet
  api::LogOffset gathered_to_;
  api::LogOffset repeats_before_;
  std::vector<std::shared_ptr<IndexFile>> unsynced_;  // full, not known to be durable
  bool names_unsynced_ = false;
  std::optional<IoError> sync_failed_;
};

}  // namespace gantry::store
