// Brings delayed messages to their topics when their time has come: all levels, each by itself.
//
// Nothing runs while nothing is due and nothing comes: a level sleeps until its next message is due, and what
// is appended to the store rings a bell, upon which the queues are looked at, a few times a second at most.
//
// A broker with an id other than 0 takes no messages, and delivers none.
#pragma once

#include "kernel/api/plugin_context.h"
#include "kernel/api/service.h"
#include "plugins/schedule/bell.h"
#include "plugins/schedule/delay_levels.h"
#include "plugins/schedule/level_delivery.h"
#include "plugins/schedule/progress.h"
#include "plugins/schedule/schedule_config.h"

#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace gantry::schedule {

// Thread: the one that starts and stops the broker.
class Deliveries final : public api::Service {
 public:
  // The plugin's recover(): there must be a store. Throws a sentence when the progress cannot be read.
  Deliveries(api::PluginContext& context, DelayLevels levels, const ScheduleConfig& config);

  std::string_view name() const override { return "schedule"; }
  void start() override;
  void drain() override;
  void stop() override;
  // The plugin's stop(), when no job runs any more: writes down how far it has come.
  void finish();

 private:
  void make_topic();
  void begin();
  std::map<api::QueueId, LevelProgress> where_to_begin();
  void rung();
  void look();

  api::PluginContext& context_;
  const DelayLevels levels_;
  const ScheduleConfig config_;
  Progress progress_;
  const std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();

  // The executor's, until it has ended.
  std::map<api::QueueId, std::unique_ptr<LevelDelivery>> running_;
  std::unique_ptr<api::Timer> look_timer_;
  std::optional<std::chrono::steady_clock::time_point> looked_;

  const std::shared_ptr<Bell> bell_;
  std::shared_ptr<void> watch_;
};

}  // namespace gantry::schedule
