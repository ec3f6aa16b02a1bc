// How far the delivery of each level has come, kept across restarts.
//
// It is written down while messages are delivered, at most once in an interval, into the plugin's key-values;
// and it is shown as offsets of the group SCHEDULE_CONSUMER, which is where an import of Apache's
// delayOffset.json puts it, and an export takes it from.
//
// A store that acknowledges before it syncs can lose the end of its log to a power cut, with messages that
// had been delivered. So each row says how far the log had come, the rows of the last half a minute and more
// are kept, and a start takes of each level the newest one whose log is still there: nothing is taken for
// delivered that the log has lost.
//
// Thread: the plugin's executor; load() before that, and finish() after it has ended.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"
#include "kernel/api/key_values.h"
#include "kernel/api/logger.h"
#include "kernel/api/names.h"
#include "kernel/api/offsets.h"
#include "plugins/schedule/progress_row.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::schedule {

class Progress {
 public:
  static constexpr std::size_t kRows = 32;
  static constexpr std::chrono::milliseconds kOfOneRow{1000};  // written over within this time

  // All of them outlive it.
  struct Around {
    api::KeyValues& key_values;
    api::Offsets& offsets;
    api::Executor& executor;
    api::Timers& timers;
    const api::Clock& clock;
    api::Logger& log;
  };
  Progress(const Around& around, std::chrono::milliseconds interval);

  // Reads what is there, given where the log ends, and whether the store has a queue of the schedule's topic:
  // of one that it lacks nothing is known, and all stays as it is. Throws a sentence when it cannot be read.
  using InStore = std::function<bool(api::QueueId)>;
  void load(api::LogOffset log_end, const InStore& in_store);

  // By queue of the schedule's topic; none: nothing of it was ever delivered.
  const std::map<api::QueueId, LevelProgress>& levels() const { return row_.levels; }

  // Messages before `next` are delivered. `log_end`: the last of them ends there; nullopt: as before.
  void advance(api::QueueId queue, api::QueueOffset next, std::optional<api::LogOffset> log_end);
  // The queue is another one than it was: `next` may lie before what was told.
  void move_to(api::QueueId queue, api::QueueOffset next);

  // Writes whatever has not been written.
  void finish();

 private:
  void arm();
  void write();
  void written(const std::optional<api::Refusal>& failure);
  static std::string key_of(std::size_t slot);
  using Rows = std::vector<std::pair<std::size_t, ProgressRow>>;  // by slot
  void import();
  void choose(const Rows& rows, api::LogOffset log_end, const InStore& in_store);
  static LevelProgress newest_safe(const Rows& rows, api::QueueId queue, api::LogOffset log_end);

  const Around around_;
  const std::chrono::milliseconds interval_;
  const api::GroupName group_;
  const api::TopicName topic_;

  ProgressRow row_;
  std::size_t slot_ = 0;  // of the last row that was written
  std::optional<std::chrono::steady_clock::time_point> slot_begun_, last_written_;
  std::vector<std::size_t> void_slots_;  // their log is gone
  bool changed_ = false, writing_ = false, told_failing_ = false;
  std::unique_ptr<api::Timer> timer_;
};

}  // namespace gantry::schedule
