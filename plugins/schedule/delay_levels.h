// The delay levels: how long a message of each level waits, and where. Level n waits in queue n - 1 of the
// schedule's topic, as Apache's broker has it.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace gantry::schedule {

// Frozen: on disk, and known to clients and tools.
inline constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";
inline constexpr std::string_view kScheduleGroup = "SCHEDULE_CONSUMER";  // whose offsets the progress is
inline constexpr std::string_view kHalfTopic = "RMQ_SYS_TRANS_HALF_TOPIC";

constexpr api::QueueId queue_of(std::int32_t level) {
  return api::QueueId{level - 1};
}
constexpr std::int32_t level_of(api::QueueId queue) {
  return number(queue) < std::numeric_limits<std::int32_t>::max() ? number(queue) + 1 : number(queue);
}

// Thread: any.
class DelayLevels {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::string_view kApaches = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

  // Apache's messageDelayLevel: whole numbers of s, m, h or d with blanks between, level 1 first. Refused
  // with what is wrong, and what would be right.
  static api::Result<DelayLevels> parse(std::string_view text);

  std::int32_t highest() const { return static_cast<std::int32_t>(delays_.size()); }

  // `level` is 1 or more; above the highest it is the highest: also what was stored when there were more.
  std::int32_t clamp(std::int32_t level) const { return level < highest() ? level : highest(); }
  std::chrono::milliseconds of(std::int32_t level) const {
    return delays_[static_cast<std::size_t>(clamp(level)) - 1];
  }

 private:
  explicit DelayLevels(std::vector<std::chrono::milliseconds> delays) : delays_(std::move(delays)) {}

  std::vector<std::chrono::milliseconds> delays_;
};

}  // namespace gantry::schedule
