// All consume queues of a store. New entries gather in memory, under one budget for all queues, and are
// written behind in blocks: the log can make every one of them again, so nobody who appends or reads waits
// for their files.
//
//   add() ... add()   ->  write_behind()  ->  sync()  ->  the checkpoint may claim what the log had before
//
// A manifest beside the directory (queues.gantry) names the queues there are and, after a clean stop, where
// they end, so that one whose files vanished is noticed rather than begun again at an earlier number.
#pragma once

#include "kernel/api/names.h"
#include "kernel/api/positions.h"
#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/queue_manifest.h"
#include "plugins/store-mmap/queue_table.h"
#include "remoting/byte_size.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gantry::store {

struct QueueScan;

// Thread: what has no word about it, any. What returns an IoResult waits for the disk and takes turns.
class ConsumeQueues {
 public:
  struct Settings {
    std::filesystem::path directory;     // <store>/consumequeue
    std::int64_t file_size = 6'000'000;  // of a store that has no queue yet; else the files' own counts
    ByteSize memory = ByteSize::mib(64);
    std::size_t open_files = 1024;
    std::size_t synced_singly =
        256;  // more files that were written to are synced by one call for the whole disk
  };
  ConsumeQueues(FileSystem& disk, Settings settings);
  ~ConsumeQueues();

  // Makes it when it is not there. The topic is one that TopicName accepts: it becomes a directory.
  ConsumeQueue& get(std::string_view topic, api::QueueId id);
  ConsumeQueue* find(std::string_view topic, api::QueueId id) const;
  // For a burst: see QueueTable::worth_expecting().
  const QueueTable& table() const { return table_; }
  std::vector<ConsumeQueue*> all() const;
  std::vector<ConsumeQueue*> of(std::string_view topic) const;

  struct Missing {
    std::string topic;
    api::QueueId id{};
    bool operator==(const Missing&) const = default;
  };
  struct Opened {
    std::size_t queues = 0;
    std::vector<std::string> warnings;
    api::LogOffset indexed_to;     // the largest end of any entry kept
    std::vector<Missing> missing;  // to be made again from the whole log, empty until then; see made_again()
  };
  // Finds the queues and where each one ends. Before anything else, once.
  //   with `durable_to`: what a checkpoint claims. Entries that point before it are whole; entries at or
  //     behind it are dropped, for any part of them may be lost.
  //   without: what Apache's broker left. Entries count up to the first bad one, from the third file from
  //     the end on.
  // What lies behind the end is removed from the disk. All entries are visible. A queue is missing when the
  // manifest has it and the disk has not, or when its files contradict each other (a file lacks in the
  // middle, two lengths) or end before what the manifest has: those are removed, and a warning says so.
  IoResult<Opened> open(std::optional<api::LogOffset> durable_to);
  // The missing ones have been made again as far as the log goes, and synced. Until this is called the next
  // start calls them missing again, even if they have some entries by then. Thread: lane queues.
  IoResult<void> made_again();
  // Lets go of all that the queue has, because something of it is lost: it is a missing one, to be made
  // again. Nobody adds to it meanwhile.
  IoResult<void> begin_again(ConsumeQueue& queue);

  // Drops entries that point at `end` or behind it, from memory and disk. Nobody adds meanwhile.
  IoResult<void> cut(api::LogOffset end);
  IoResult<void> cut(ConsumeQueue& queue, api::LogOffset end);  // that one's
  // Drops a queue's entries from that one on, because they are not what the log has. It is empty then if it
  // began there or behind. Nobody adds to it meanwhile.
  IoResult<void> cut_from(ConsumeQueue& queue, std::int64_t offset);

  // How much memory entries take that are not yet written.
  std::size_t gathered_bytes() const;
  // Whether relieve() should be called now and not wait for the next write_behind(). Cheap: ask after a
  // burst.
  bool crowded() const;

  // Thread: lane queues. Never keeps an add() waiting. After an error (a full disk) what was not written is
  // still there to be read, and is written next time.
  IoResult<void> write_behind();  // everything gathered up to now
  IoResult<void> relieve();       // what gives back most memory for the fewest writes
  // What was written is on the disk. Once a sync failed this one fails forever: nobody knows what is there,
  // and the checkpoint must stay where it is. Thread: lane queues.
  IoResult<void> sync();
  // The manifest takes down where each queue ends, so that the next open() knows if it finds less. All is
  // synced. Thread: lane queues.
  IoResult<void> note_ends();

  // The log begins at `log_first` now: the queues' first entries follow, and files wholly before them go. A
  // queue's last file stays, so that its numbering does.
  IoResult<void> advance_first(api::LogOffset log_first);

  // The topic goes in two steps. Its queues become empty and begin at 0; the log ends at `log_end`, and
  // nobody adds to them meanwhile. False: maintenance is at work, which could take long; nothing was done.
  bool empty_topic(std::string_view topic, api::LogOffset log_end);
  // Then its files go. After an error they are removed at the next sync().
  IoResult<void> remove_files_of(std::string_view topic);

 private:
  using Topics = std::unordered_map<std::string, std::vector<std::unique_ptr<ConsumeQueue>>, api::NameHash,
                                    api::NameEqual>;

  ConsumeQueue& make(std::string_view topic, api::QueueId id, std::int64_t file_size);
  IoResult<void> open_topic(const std::string& topic, const QueueScan& scan, Opened& opened);
  IoResult<void> open_queue(const QueueManifest::Queue& queue, const QueueScan& scan, Opened& opened);
  IoResult<void> note_missing(Opened& opened);
  IoResult<void> write(const std::vector<ConsumeQueue*>& queues);
  IoResult<void> list_in_manifest();
  IoResult<void> sync_failed(IoError error);

  const Settings settings_;
  QueueTable table_;
  mutable std::mutex making_;  // guards topics_, and adding to the table
  Topics topics_;

  std::mutex maintenance_;  // what waits for the disk; guards the rest, and taken before any other lock
  std::unique_ptr<QueuesShared> shared_;
  std::map<QueueManifest::Queue, QueueManifest::State> in_manifest_;  // while opening
  std::set<QueueManifest::Queue> missing_;                            // until made_again()
  std::optional<IoError> sync_failed_;
  std::atomic<std::int64_t> file_size_;  // of queues to come
};

}  // namespace gantry::store
