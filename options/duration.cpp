#include "options/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace gantry::options {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::pair<std::string_view, nanoseconds>, 7> kUnits{
    {{"d", std::chrono::days(1)},
     {"h", std::chrono::hours(1)},
     {"m", std::chrono::minutes(1)},
     {"s", std::chrono::seconds(1)},
     {"ms", std::chrono::milliseconds(1)},
     {"us", std::chrono::microseconds(1)},
     {"ns", nanoseconds(1)}}};

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
  if (text.starts_with('-')) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, size] : kUnits) {
    if (unit != name) continue;
    if (number > nanoseconds::max().count() / size.count()) return std::nullopt;
    return number * size;
  }
  return std::nullopt;
}

std::string duration_text(nanoseconds duration) {
  if (duration == nanoseconds(0)) return "0s";
  auto unit = kUnits.begin();
  while (duration % unit->second != nanoseconds(0)) ++unit;
  return std::to_string(duration / unit->second) + std::string(unit->first);
}

}  // namespace gantry::options
