// Delayed messages as a plugin of the broker.
#include "kernel/api/plugin.h"
#include "plugins/schedule/delay_offset_handler.h"
#include "plugins/schedule/delay_stage.h"
#include "plugins/schedule/deliveries.h"
#include "plugins/schedule/level_times.h"
#include "plugins/schedule/schedule_config.h"

#include <optional>
#include <stdexcept>
#include <string_view>

namespace {

namespace api = gantry::api;
using namespace gantry::schedule;

// The deliveries cannot be made before there is a store, and services are handed in before that.
class LateService final : public api::Service {
 public:
  std::optional<Deliveries> deliveries;

  std::string_view name() const override { return "schedule"; }
  void start() override { deliveries->start(); }
  void drain() override { deliveries->drain(); }
  void stop() override { deliveries->stop(); }
};

class SchedulePlugin final : public api::ConfiguredPlugin<ScheduleConfig> {
 public:
  static api::Descriptor describe() {
    return {.name = "schedule",
            .version = "0.1.0",
            .summary = "Delivers delayed messages: the delay levels of Apache RocketMQ 4.9.",
            .needs = {"message-store"}};
  }
  static api::Schema<ScheduleConfig> options() { return schedule_options(); }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    levels_ = DelayLevels::parse(config()->levels).value();
    times_.emplace(*levels_);
    stage_.emplace(*levels_,
                   context.metrics().counter("delayed_total", "Messages that were sent with a delay level."));
    handler_.emplace(context.offsets());
  }

  void install(api::ExtensionPoints& points) override {
    points.add(static_cast<api::DueTimes&>(*times_));
    points.add(static_cast<api::AppendStage&>(*stage_));
    points.add(static_cast<api::RequestHandler&>(*handler_));
    points.add(static_cast<api::Service&>(service_));
  }

  void recover() override {
    if (context_->store() == nullptr) throw std::runtime_error("no plugin is a message store");
    service_.deliveries.emplace(*context_, *levels_, *config());
  }
  void stop() override {
    if (service_.deliveries) service_.deliveries->finish();
  }

 private:
  api::PluginContext* context_ = nullptr;
  std::optional<DelayLevels> levels_;
  std::optional<LevelTimes> times_;
  std::optional<DelayStage> stage_;
  std::optional<DelayOffsetHandler> handler_;
  LateService service_;
};

}  // namespace

GANTRY_PLUGIN(SchedulePlugin)
