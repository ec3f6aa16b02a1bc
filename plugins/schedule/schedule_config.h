// The plugin's options, as [plugins.schedule] has them.
#pragma once

#include "kernel/api/options.h"
#include "plugins/schedule/delay_levels.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace gantry::schedule {

struct ScheduleConfig {
  std::string levels{DelayLevels::kApaches};
  std::chrono::milliseconds gather{10};
  std::int32_t burst_messages = 512;
  ByteSize burst_size = ByteSize::mib(1);
  std::chrono::milliseconds progress_interval{1000};
};

api::Schema<ScheduleConfig> schedule_options();

}  // namespace gantry::schedule
