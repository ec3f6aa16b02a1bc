// Which consume queues there are: <store>/queues.gantry, one line for each change, the last one counts.
//
//   gantry queues 1
//   + orders 3        the queue has files
//   ! orders 3        it has to be made again from the log; what is there is not all of it
//   - orders 3        it has none
//   - orders          the topic is gone
//   . orders 3 1234   when the store was closed its entries ended at 1234
//   ~                 entries are being taken back that nobody may see again
//   =                 that is on the disk
//
// Lines are appended and synced. What a crash left of the last ones is not a line, and is written over. When
// the file is not there or not of this kind, it is made again from the directories. A queues.gantry.new is
// one that a crash kept from taking its place. Frozen: on disk.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::store {

// Thread: one at a time.
class QueueManifest {
 public:
  using Queue = std::pair<std::string, api::QueueId>;
  using Ends = std::map<Queue, std::int64_t>;
  enum class State : char { whole = '+', incomplete = '!', gone = '-' };

  QueueManifest(FileSystem& disk, std::filesystem::path path) : disk_(disk), path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }

  // What it says; none of them is `gone`. Before anything else.
  IoResult<std::map<Queue, State>> read();
  // Where queues ended that it has, at the last clean stop: fewer entries than that are not all of them.
  // Holds what read() found, until it is forgotten.
  const Ends& ends() const { return ends_; }
  void forget_ends() { ends_.clear(); }

  // On the disk when it returns. After an error none of it counts; once a sync failed every call fails.
  IoResult<void> add(std::span<const Queue> queues, State state);
  IoResult<void> forget_topic(std::string_view topic);
  IoResult<void> add_ends(const Ends& ends);

  // Whether a process began to take entries back, and did not live to say that the disk has it: what reads as
  // zeros then may be something else after a power cut.
  bool clearing() const { return clearing_; }
  IoResult<void> begin_clearing();
  IoResult<void> end_clearing();

  // Puts another one in its place, when most of its lines are of no meaning any more, and there is room for
  // it. After read(), before ends are forgotten.
  IoResult<void> shorten(const std::map<Queue, State>& queues);

 private:
  void apply(std::string_view line, std::map<Queue, State>& queues);
  IoResult<void> append(std::string lines);
  IoResult<void> write_beside(const std::filesystem::path& path, std::string_view text) const;

  FileSystem& disk_;
  const std::filesystem::path path_;
  Ends ends_;
  std::int64_t end_ = 0;    // of the last whole line; 0: not even the first one is there
  std::int64_t lines_ = 0;  // that say something of a queue
  bool clearing_ = false;
  bool more_behind_ = false;  // bytes of a line that came to nothing
  std::optional<IoError> sync_failed_;
};

}  // namespace gantry::store
