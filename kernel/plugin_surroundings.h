// All that the plugins of one broker see of it; each gets it through a context of its own.
#pragma once

#include "kernel/api/plugin_context.h"
#include "kernel/background.h"
#include "kernel/extension_registry.h"
#include "kernel/metrics_registry.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace gantry::kernel {

// Every reference outlives the plugins.
struct PluginSurroundings {
  const api::Clock& clock;
  const api::BrokerIdentity& identity;
  const std::filesystem::path& data_dir;

  api::Topics& topics;
  api::Groups& groups;
  api::Offsets& offsets;
  std::function<std::unique_ptr<api::KeyValues>(std::string_view plugin)> key_values;

  api::Parking& parking;
  api::LocalCalls& local_calls;

  Background& background;
  MetricsRegistry& metrics;
  ExtensionRegistry& extensions;
  logging::Logger& log;
};

}  // namespace gantry::kernel
