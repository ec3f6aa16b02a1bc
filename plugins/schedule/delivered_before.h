// What a crash kept from being written down: messages that had been delivered, and stand in the log, though
// the progress does not say so. Without this a start would deliver them again.
//
// A level delivers in the order of its queue, so what was delivered since the progress was written down are
// the queue's next messages, and they stand in the log in that order, behind the last one that the progress
// knows of. The first of them is looked for in the queue that it was sent to, from the time on when it was
// due, as its level is now or was when it was stored; if it is there, the log is read from it to its end, and
// each message that is the next one of its level counts as delivered.
//
// Thread: one that may wait.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/message_store.h"
#include "plugins/schedule/delay_levels.h"
#include "plugins/schedule/progress_row.h"

#include <cstdint>
#include <map>

namespace gantry::schedule {

// The log is read back no further than this. What lies before is delivered again.
inline constexpr std::int64_t kMostReadBack = std::int64_t{4} << 30;

// Of the levels that have come further than `written`, how far. Throws what the store does not answer.
std::map<api::QueueId, LevelProgress> delivered_before(api::MessageStore& store, const DelayLevels& levels,
                                                       const api::Clock& clock,
                                                       const std::map<api::QueueId, LevelProgress>& written);

}  // namespace gantry::schedule
