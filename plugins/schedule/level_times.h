// When a waiting message is due by the date: what its queue's entry says.
#pragma once

#include "kernel/api/due_times.h"
#include "plugins/schedule/delay_levels.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace gantry::schedule {

// Thread: any.
class LevelTimes final : public api::DueTimes {
 public:
  explicit LevelTimes(DelayLevels levels) : levels_(std::move(levels)) {}

  std::optional<std::int64_t> due(const remoting::MessageRecordView& message) const override {
    if (message.topic() != kScheduleTopic || message.queue_id() < 0) return std::nullopt;
    return message.store_timestamp() + levels_.of(level_of(api::QueueId{message.queue_id()})).count();
  }

 private:
  const DelayLevels levels_;
};

}  // namespace gantry::schedule
