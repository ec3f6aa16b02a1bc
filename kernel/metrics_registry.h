// All figures of the broker, and their text for Prometheus. Each plugin counts in its own name space, so that
// no two can collide: gantry_<plugin>_<name>, the dashes of the plugin's name as underscores.
//
//   auto& exceptions = registry.of("plugin").counter("exceptions_total", "...", {{"plugin", name}});
//
// Thread: any. Counting goes past this class; it has a lock for making figures and for writing them.
#pragma once

#include "kernel/api/metrics.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace gantry::kernel {

class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();

  // Those of one plugin, or of one part of the broker itself. Good for as long as the registry.
  api::Metrics& of(std::string_view owner);

  // In Prometheus' text format, by name.
  std::string text() const;

 private:
  using Figure = std::variant<std::unique_ptr<api::Counter>, std::unique_ptr<api::Gauge>,
                              std::unique_ptr<api::Histogram>>;
  struct Family {
    std::string help;
    std::size_t kind = 0;        // the index in Figure
    std::vector<double> bounds;  // of a histogram
    std::map<api::Metrics::Labels, Figure> figures;
  };
  class Owner;

  // With mutex_ held.
  Family& family(std::string_view prefix, std::string_view name, std::string_view help, std::size_t kind);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;                  // guarded by mutex_
  std::map<std::string, std::unique_ptr<Owner>, std::less<>> by_owner_;  // guarded by mutex_
};

}  // namespace gantry::kernel
