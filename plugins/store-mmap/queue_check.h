// Holds the entries of all consume queues against the log: each message must have its entry, and each entry
// its message. Messages are handed in once, in the log's order; entries are read along with them.
//
//   QueueCheck check(disk, root, settings);
//   check.begin();
//   for each message of the log:  check.message(at, record);
//   check.end(log_end);
//
// Entries and messages are matched by the place in the log, because with Apache's broker their numbers may
// drift apart. Memory: a little for each queue, and a page for each of those that are open.
// Thread: one at a time.
#pragma once

#include "kernel/api/names.h"
#include "kernel/api/positions.h"
#include "plugins/store-mmap/checked_queue.h"
#include "plugins/store-mmap/entry_code.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/queue_manifest.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gantry::store {

class QueueCheck {
 public:
  QueueCheck(FileSystem& disk, std::filesystem::path root, QueueCheckSettings settings)
      : disk_(disk), root_(std::move(root)), settings_(std::move(settings)) {}

  // Finds the queues, and those that a start will make again as a whole.
  IoResult<void> begin();
  IoResult<void> message(api::LogOffset at, const remoting::MessageRecordView& record);
  IoResult<void> end(api::LogOffset log_end);

  std::int64_t queues() const { return queues_; }
  std::int64_t entries() const { return entries_; }

 private:
  using Fate = CheckedQueue::Fate;
  using Ids = std::map<api::QueueId, std::unique_ptr<CheckedQueue>>;

  IoResult<void> find_queue(const std::string& topic, api::QueueId id);
  void find_missing();
  IoResult<std::string> contradiction(QueueView& view, const QueueManifest::Queue& queue) const;
  Fate fate_of(const QueueManifest::Queue& queue, const QueueView& view, const std::string& contradiction);
  CheckedQueue& make(std::string_view topic, api::QueueId id, QueueView view, Fate fate);
  // nullptr: no queue can be called that.
  CheckedQueue* queue(std::string_view topic, api::QueueId id);
  void note_open(CheckedQueue& queue);
  std::filesystem::path directory() const { return root_ / "consumequeue"; }

  FileSystem& disk_;
  const std::filesystem::path root_;
  QueueCheckSettings settings_;
  const EntryCode entry_code_{};
  std::map<QueueManifest::Queue, QueueManifest::State> in_manifest_;  // and not found yet
  QueueManifest::Ends ends_;
  Fate of_unknown_ = Fate::kept;  // of queues that have no directory, and nothing says that they should
  std::unordered_map<std::string, Ids, api::NameHash, api::NameEqual> topics_;
  std::deque<CheckedQueue*> open_;  // opened first first
  std::int64_t queues_ = 0, entries_ = 0;
};

}  // namespace gantry::store
