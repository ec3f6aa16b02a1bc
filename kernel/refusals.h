// What several handlers refuse for the same reason, in the same words. Any thread.
#pragma once

#include "kernel/api/refusal.h"
#include "kernel/api/topics.h"

#include <string>
#include <string_view>

namespace gantry::kernel {

// A topic, a group or another name as it stands in an answer: as it came, or quoted where it cannot be a
// name.
std::string named(std::string_view name);

api::Refusal no_store();  // no plugin is one
api::Refusal no_such_topic(std::string_view topic);
api::Refusal no_such_group(std::string_view group);
api::Refusal no_such_group(std::string_view group, const std::string& why_not_made);
api::Refusal not_writable(const api::Topic& topic);
api::Refusal closed_to_senders(std::string_view topic);  // it is the broker's own

}  // namespace gantry::kernel
