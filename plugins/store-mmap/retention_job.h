// Carries out what retention.h decides.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/positions.h"
#include "plugins/store-mmap/disk_watch.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/retention.h"

#include <cstddef>

namespace gantry::store {

struct RetireWhen {
  bool by_hand = false;  // an operator asks for what is expired to go now
  LocalHour hour_of = local_hour;
};

// One round: how many files of the log are gone. `keep_from` is RetentionRound's. A file's age counts from
// when it was last written to. How far the disk is over its level is measured anew, so that a round takes no
// more than is needed even if `disk` is some seconds old; what readers have still pinned counts as used.
// After an error some may be gone nevertheless. Thread: the lane `housekeeping`.
IoResult<std::size_t> retire(LogFiles& log, FileSystem& files, const api::Clock& clock, const DiskState& disk,
                             api::LogOffset keep_from, const RetentionSettings& settings,
                             const RetireWhen& when = {});

}  // namespace gantry::store
