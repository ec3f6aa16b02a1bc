// The boundary of a plugin of that name, as the host has one for each, with what it counts and logs.
#pragma once

#include "kernel/plugin_boundary.h"
#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <string>
#include <utility>

namespace gantry::kernel {

struct SomePlugin {
  explicit SomePlugin(std::string name) : boundary(std::move(name), metrics, log, clock) {}

  // gantry_plugin_exceptions_total and the like.
  bool counted(const std::string& line) const {
    return metrics.text().find(line + "\n") != std::string::npos;
  }

  ManualClock clock;
  MetricsRegistry metrics;
  logging::CapturingLogger log;
  PluginBoundary boundary;
};

}  // namespace gantry::kernel
