#include "plugins/schedule/level_figures.h"

#include <string>

namespace gantry::schedule {

LevelFigures LevelFigures::of(api::Metrics& metrics, std::int32_t level) {
  const api::Metrics::Labels of_level{{"level", std::to_string(level)}};
  const auto dropped = [&](const char* why) {
    return &metrics.counter("dropped_total", "Messages that will never be delivered.", {{"reason", why}});
  };
  return {.waiting = &metrics.gauge("waiting", "Messages that wait to be delivered.", of_level),
          .delivered = &metrics.counter("delivered_total", "Messages delivered.", of_level),
          .late_seconds = &metrics.histogram("late_seconds",
                                             "From when a message was due until it was stored in its topic.",
                                             {0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600}),
          .refused = &metrics.counter("refused_bursts_total",
                                      "Bursts of deliveries that the store refused, to be tried again."),
          .undeliverable = dropped("undeliverable"),
          .unreadable = dropped("unreadable"),
          .expired = dropped("expired"),
          .to_missing_topic = &metrics.counter(
              "to_missing_topic_total", "Messages delivered to a topic that does not exist any more.")};
}

}  // namespace gantry::schedule
