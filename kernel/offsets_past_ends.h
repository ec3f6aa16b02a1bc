// After a crash that cost the store its last messages, groups may stand behind the ends of their queues:
// their offsets had come to the disk, what they had consumed had not. New messages take the same places, and
// those groups would never see them.
//
// Thread: the one that starts the broker, between the store's recovery and the first request.
#pragma once

#include "kernel/api/message_store.h"
#include "kernel/offset_table.h"
#include "logging/logger.h"

namespace gantry::kernel {

// Sets such offsets back to the ends of their queues, and logs which. Those of queues that the store does not
// have stay: another store may have been put in its place by mistake.
void set_back_past_ends(OffsetTable& offsets, const api::MessageStore& store, logging::Logger& log);

}  // namespace gantry::kernel
