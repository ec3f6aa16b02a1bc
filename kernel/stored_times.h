// When messages of a queue were stored: for look-ups by time, and for how old what a group has yet to consume
// is.
#pragma once

#include "kernel/api/message_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace gantry::kernel {

// Of `count` messages from `from` on, ms since 1970, in order; fewer, or none, when not so many are there.
// `done` runs on this thread or later on another. Thread: any; nothing waits.
void stored_times(api::MessageStore& store, std::string_view topic, api::QueueId queue, api::QueueOffset from,
                  std::size_t count, std::function<void(api::Result<std::vector<std::int64_t>>)> done);

}  // namespace gantry::kernel
