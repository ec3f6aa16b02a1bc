// How far the delivery of all levels has come, as one value of the plugin's key-values.
//
// Text: the row's number, which grows with each that is written; then for each queue of the schedule's topic
// a line with the queue, the next message to deliver, and where in the log the last one that was delivered
// ends. Frozen: on disk, and replicated.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gantry::schedule {

struct LevelProgress {
  api::QueueOffset next;
  api::LogOffset log_end;  // 0: nothing was delivered yet

  bool operator==(const LevelProgress&) const = default;
};

struct ProgressRow {
  std::int64_t number = 0;
  std::map<api::QueueId, LevelProgress> levels;

  bool operator==(const ProgressRow&) const = default;
};

std::string to_text(const ProgressRow& row);
// Refused: it was not written by to_text(), and what is wrong with it.
api::Result<ProgressRow> read_progress_row(std::string_view text);

}  // namespace gantry::schedule
