#include "kernel/plugin_boundary.h"

#include <utility>

namespace gantry::kernel {
namespace {

constexpr unsigned kLinesPerSecond = 5;

api::Counter& misuse_counter(api::Metrics& metrics, const std::string& plugin, std::string misuse) {
  return metrics.counter(
      "completions_misused_total",
      "Completions that a plugin told twice, told too late, or gave up without an outcome.",
      {{"plugin", plugin}, {"misuse", std::move(misuse)}});
}

}  // namespace

PluginBoundary::PluginBoundary(std::string plugin, MetricsRegistry& metrics, logging::Logger& log,
                               const api::Clock& clock)
    : plugin_(std::move(plugin)),
      metrics_(metrics.of("plugin")),
      exceptions_(log, kLinesPerSecond, [&clock] { return clock.now(); }),
      misuses_(log, kLinesPerSecond, [&clock] { return clock.now(); }),
      told_twice_(misuse_counter(metrics_, plugin_, "told_twice")),
      dropped_(misuse_counter(metrics_, plugin_, "dropped")),
      told_late_(misuse_counter(metrics_, plugin_, "told_late")) {
}

std::string PluginBoundary::count_what_was_thrown(std::string_view step) {
  auto why = text_of_what_was_thrown();
  metrics_
      .counter("exceptions_total", "Exceptions that left a plugin's code.",
               {{"plugin", plugin_}, {"step", std::string(step)}})
      .add();
  return why;
}

void PluginBoundary::tell(std::string_view step, std::string_view why) {
  exceptions_.log(logging::Level::error, "plugin threw an exception", {{"step", step}, {"reason", why}});
}

void PluginBoundary::told_twice() noexcept {
  misused(told_twice_, "plugin told an outcome twice; the second one was ignored");
}

void PluginBoundary::dropped() noexcept {
  misused(dropped_, "plugin gave up a completion without telling an outcome");
}

void PluginBoundary::told_late() noexcept {
  misused(told_late_, "plugin told an outcome when nobody waited for it any more");
}

// Out of memory is all that could be thrown, and a line in the log is not worth the process.
void PluginBoundary::misused(api::Counter& counted, std::string_view message) noexcept {
  counted.add();
  try {
    misuses_.warn(message);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace gantry::kernel
