#include "plugins/schedule/progress_row.h"

#include <charconv>
#include <limits>
#include <optional>

namespace gantry::schedule {
namespace {

// Takes a number that is not negative off the front, with the character behind it.
std::optional<std::int64_t> take_number(std::string_view& text, char behind) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0 || end == text.data() + text.size() || *end != behind)
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

}  // namespace

std::string to_text(const ProgressRow& row) {
  std::string text = std::to_string(row.number) + '\n';
  for (const auto& [queue, level] : row.levels) {
    text += std::to_string(number(queue)) + ' ' + std::to_string(level.next.value) + ' ' +
            std::to_string(level.log_end.value) + '\n';
  }
  return text;
}

api::Result<ProgressRow> read_progress_row(std::string_view text) {
  const std::size_t size = text.size();
  const auto wrong = [&] {
    return api::Refusal{.text =
                            "a line of numbers was expected at byte " + std::to_string(size - text.size())};
  };
  const auto row_number = take_number(text, '\n');
  if (!row_number) return wrong();
  ProgressRow row{.number = *row_number, .levels = {}};
  while (!text.empty()) {
    const auto queue = take_number(text, ' ');
    const auto next = queue ? take_number(text, ' ') : std::nullopt;
    const auto log_end = next ? take_number(text, '\n') : std::nullopt;
    if (!log_end || *queue > std::numeric_limits<std::int32_t>::max()) return wrong();
    row.levels[api::QueueId{static_cast<std::int32_t>(*queue)}] = {{*next}, {*log_end}};
  }
  return row;
}

}  // namespace gantry::schedule
