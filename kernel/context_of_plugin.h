// One plugin's view of the broker. Lives from before its configure() until after its destructor.
#pragma once

#include "kernel/guarded_points.h"
#include "kernel/plugin_boundary.h"
#include "kernel/plugin_surroundings.h"

#include <memory>
#include <string>

namespace gantry::kernel {

class ContextOfPlugin final : public api::PluginContext {
 public:
  ContextOfPlugin(const std::string& plugin, PluginSurroundings& around)
      : around_(around),
        log_(around.log.named(plugin)),
        boundary_(plugin, around.metrics, *log_, around.clock),
        metrics_(around.metrics.of(plugin)),
        key_values_(around.key_values(plugin)),
        parking_(around.parking, boundary_),
        local_calls_(around.local_calls, boundary_),
        jobs_(around.background.for_plugin(boundary_)) {}

  PluginBoundary& boundary() { return boundary_; }
  PluginJobs& jobs() { return *jobs_; }

  api::Logger& log() override { return *log_; }
  api::Metrics& metrics() override { return metrics_; }
  const api::Clock& clock() override { return around_.clock; }
  api::Executor& executor() override { return jobs_->executor(); }
  api::Timers& timers() override { return jobs_->timers(); }
  api::CompletionWatch& completions() override { return boundary_; }
  const api::BrokerIdentity& identity() override { return around_.identity; }
  const std::filesystem::path& data_dir() override { return around_.data_dir; }
  api::Topics& topics() override { return around_.topics; }
  api::Groups& groups() override { return around_.groups; }
  api::Offsets& offsets() override { return around_.offsets; }
  api::KeyValues& key_values() override { return *key_values_; }
  api::MessageStore* store() override { return around_.extensions.store(); }
  api::RawLog* raw_log() override { return around_.extensions.raw_log(); }
  api::Parking& parking() override { return parking_; }
  api::LocalCalls& local_calls() override { return local_calls_; }
  const api::DueTimes* due_times() override { return around_.extensions.due_times(); }

 private:
  PluginSurroundings& around_;
  const std::unique_ptr<logging::Logger> log_;
  PluginBoundary boundary_;
  api::Metrics& metrics_;
  const std::unique_ptr<api::KeyValues> key_values_;
  GuardedParking parking_;
  GuardedLocalCalls local_calls_;
  const std::unique_ptr<PluginJobs> jobs_;
};

}  // namespace gantry::kernel
