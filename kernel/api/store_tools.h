// Extension point: looks into a store directory that no broker has open. The store's plugin is it; a command
// line uses it, which configures and installs the plugin, but does not start it.
//
// Every call shares the directory's lock with its like while it runs, so that no broker starts on it, or says
// that a broker has it. Files are read and nothing is changed, in little memory however long the log is;
// Apache's directories are as good as ours. A refusal is about the whole (no such directory, in use, a disk
// that cannot read); damage to a store is a finding.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api {

struct StoreStat {
  struct Files {
    std::int64_t count = 0;
    std::int64_t bytes = 0;  // as long as they are; sparse ones take less
  };
  Files log, queue_files, index_files;
  LogOffset first{}, end{};                              // `end`: behind the last message that can be read
  std::int64_t first_stored_at = 0, last_stored_at = 0;  // ms since 1970; 0: there is no message
  std::int64_t queues = 0;
  std::int64_t queue_entries = 0;  // by the files, what has expired included
  std::int64_t indexed_keys = 0;
  bool last_exit_clean = false;
  struct Checkpoint {
    std::int64_t log_time = 0, queue_time = 0, index_time = 0;  // ms since 1970
    // What of the store is on the disk for certain; nullopt: Apache's broker wrote last, or it is damaged.
    std::optional<LogOffset> log_to, queues_to;
    std::string warning;  // empty: none
  } checkpoint;
};

struct StoreFinding {
  enum class Weight : std::uint8_t {
    harmless,  // nothing is lost by it, and the next start leaves it as it is
    mended,    // what a crash leaves: the next start mends it by itself
    damage,    // messages, or the way to them, are lost unless someone acts
  };
  Weight weight = Weight::damage;
  std::filesystem::path file;
  std::int64_t at = 0;   // the byte in it
  std::string what;      // what is wrong there
  std::string affected;  // "messages 3 to 17 of queue 2 of topic orders"; empty: none
};

struct StoreCheckReport {
  std::int64_t messages = 0, queues = 0, queue_entries = 0, index_entries = 0;  // that were looked at
  std::int64_t harmless = 0, mended = 0, damage = 0;                            // findings
  bool stopped = false;  // `progress` said so: what was found until then
};

// Which messages. Those of a (topic, queue) are read through the log too, so that they come whatever their
// queue's files are like.
struct StoreSelection {
  std::string topic;  // empty: all
  std::optional<QueueId> queue;
  LogOffset from{};
  std::int64_t stored_from = 0;  // ms since 1970
  std::optional<std::int64_t> stored_to;
  std::optional<std::int64_t> most;  // messages
};

enum class StoreForm : std::uint8_t {
  records,            // bytes as they stand in the log, one behind the other
  lines,              // a line of JSON for each, the body as base64
  lines_with_length,  // and of the body only its length
};

class StoreTools {
 public:
  // Bytes of the log done, and of how many; false: stop.
  using Progress = std::function<bool(std::int64_t done, std::int64_t whole)>;
  // Views, for the time of the call; false: stop, without an error.
  using Sink = std::function<bool(std::string_view bytes)>;
  using Found = std::function<void(const StoreFinding&)>;

  virtual ~StoreTools() = default;

  virtual Result<StoreStat> stat(const std::filesystem::path& directory) = 0;

  // Reads the whole log once, and every queue's entries and every index file's against it.
  virtual Result<StoreCheckReport> check(const std::filesystem::path& directory, const Found& found,
                                         const Progress& progress) = 0;

  // How many messages went to `to`. What cannot be read of the log is told to `skipped` and left out.
  virtual Result<std::int64_t> copy(const std::filesystem::path& directory, const StoreSelection& which,
                                    StoreForm form, const Sink& to, const Found& skipped,
                                    const Progress& progress) = 0;

  // The entries of one queue as its files have them, from entry `from` on: a line of JSON for each, and one
  // for each stretch that is filler or was never written. Returns how many entries there were.
  virtual Result<std::int64_t> dump_queue(const std::filesystem::path& directory, std::string_view topic,
                                          QueueId queue, QueueOffset from, const Sink& to) = 0;
};

}  // namespace gantry::api
