// What operators see of the deliveries.
#pragma once

#include "kernel/api/metrics.h"

#include <cstdint>

namespace gantry::schedule {

// Those with a level are the level's own, the others all levels share. The plugin's metrics outlive it.
struct LevelFigures {
  api::Gauge* waiting;
  api::Counter* delivered;
  api::Histogram* late_seconds;
  api::Counter* refused;        // bursts that the store did not take at once
  api::Counter* undeliverable;  // dropped: they have no place to go
  api::Counter* unreadable;     // dropped: damaged on the disk
  api::Counter* expired;        // dropped: the store has removed them
  api::Counter* to_missing_topic;

  static LevelFigures of(api::Metrics& metrics, std::int32_t level);
};

}  // namespace gantry::schedule
