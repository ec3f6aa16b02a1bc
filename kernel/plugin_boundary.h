// The line between the broker and one plugin. What the plugin throws ends here: it is counted, logged with
// the plugin's name, and the caller goes on. Completions that the plugin misuses are told here too.
//
//   if (auto why = boundary.attempt("start", [&] { plugin.start(); })) ...;   // the caller tells why
//   boundary.guard("job", [&] { job(); });                                     // logged here
//
// Thread: any.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/completion.h"
#include "kernel/metrics_registry.h"
#include "kernel/thrown.h"
#include "logging/logger.h"
#include "logging/rate_limit.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::kernel {

class PluginBoundary final : public api::CompletionWatch {
 public:
  // `log` carries the plugin's name. All of them outlive the boundary.
  PluginBoundary(std::string plugin, MetricsRegistry& metrics, logging::Logger& log, const api::Clock& clock);

  const std::string& plugin() const { return plugin_; }

  // What was thrown; nullopt: nothing.
  template <class Call>
  std::optional<std::string> attempt(std::string_view step, Call&& call) {
    try {
      std::forward<Call>(call)();
      return std::nullopt;
    } catch (...) {
      return count_what_was_thrown(step);
    }
  }

  // For what happens again and again: lines that are alike are held back.
  template <class Call>
  std::optional<std::string> guard(std::string_view step, Call&& call) {
    auto why = attempt(step, std::forward<Call>(call));
    if (why) tell(step, *why);
    return why;
  }

  void told_twice() noexcept override;
  void dropped() noexcept override;
  void told_late() noexcept override;

 private:
  std::string count_what_was_thrown(std::string_view step);
  void tell(std::string_view step, std::string_view why);
  void misused(api::Counter& counted, std::string_view message) noexcept;

  const std::string plugin_;
  api::Metrics& metrics_;
  logging::RateLimit exceptions_;
  logging::RateLimit misuses_;
  api::Counter& told_twice_;
  api::Counter& dropped_;
  api::Counter& told_late_;
};

}  // namespace gantry::kernel
