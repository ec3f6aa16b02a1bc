// Tells the log what changed in the route tables: a line for each broker that came, moved or went, one line
// for topics, none for what stayed as it was.
#pragma once

#include "logging/logger.h"
#include "namesrv/route_changes.h"

#include <string_view>

namespace gantry::namesrv {

// `why` is what brought it about, in a word or two: "registered", "connection closed". `who` is whose request
// it was; empty: nobody's. Thread: any.
void log_changes(logging::Logger& log, const Changes& changes, std::string_view why,
                 std::string_view who = {});

}  // namespace gantry::namesrv
