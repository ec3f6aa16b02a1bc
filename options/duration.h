// Durations as people write them in a configuration: "250ms", "3s", "2m", "1h".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::options {

// A whole number and one of ns, us, ms, s, m, h, d (24 hours), with at most one space between. nullopt for
// anything else: a sign, a fraction, a missing unit ("0" too), or more than 292 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// The shortest exact form that parse_duration() reads back: "2m", "90s". Not for negative durations.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace gantry::options
