#include "plugins/schedule/delay_levels.h"

#include <charconv>
#include <optional>
#include <string>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLongest = std::chrono::days(3650);

// 0: there is no such unit.
std::chrono::milliseconds unit_of(char letter) {
  switch (letter) {
    case 's':
      return 1s;
    case 'm':
      return 1min;
    case 'h':
      return 1h;
    case 'd':
      return std::chrono::days(1);
    default:
      return 0ms;
  }
}

std::optional<std::chrono::milliseconds> delay(std::string_view text) {
  const std::chrono::milliseconds unit = text.empty() ? 0ms : unit_of(text.back());
  if (unit == 0ms) return std::nullopt;
  text.remove_suffix(1);
  std::int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  if (count > kLongest / unit) return std::nullopt;
  return unit * count;
}

}  // namespace

api::Result<DelayLevels> DelayLevels::parse(std::string_view text) {
  std::vector<std::chrono::milliseconds> delays;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view one = text.substr(0, text.find(' '));
    text.remove_prefix(one.size());
    const auto found = delay(one);
    if (!found) {
      return api::Refusal{.text = "level " + std::to_string(delays.size() + 1) + " is \"" + std::string(one) +
                                  "\": a whole number and one of s, m, h, d would be right, as in 30s, and "
                                  "3650d is the longest"};
    }
    delays.push_back(*found);
  }
  if (delays.empty()) {
    return api::Refusal{.text = "there must be one level at least; Apache's are \"" + std::string(kApaches) +
                                "\""};
  }
  if (delays.size() > kMost) {
    return api::Refusal{.text = "these are " + std::to_string(delays.size()) + " levels; " +
                                std::to_string(kMost) + " are allowed"};
  }
  return DelayLevels(std::move(delays));
}

}  // namespace gantry::schedule
