// Messages that are there before a measurement begins.
#pragma once

#include "bench/loadgen/send_workload.h"

#include <cstdint>

#include <netinet/in.h>

namespace gantry::bench {

// Sends at least so many messages in all, as many to each queue of each topic, and returns how many it were.
// Queues that were empty hold them from offset 0 on. Throws std::runtime_error when one was not taken: what
// is stored then is not known.
std::uint64_t fill(const sockaddr_in& server, const SendShape& shape, std::uint64_t messages);

}  // namespace gantry::bench
