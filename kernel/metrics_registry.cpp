#include "kernel/metrics_registry.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace gantry::kernel {
namespace {

using api::Counter;
using api::Gauge;
using api::Histogram;
using Labels = api::Metrics::Labels;

constexpr std::array<std::string_view, 3> kKinds{"counter", "gauge", "histogram"};
constexpr std::array<prometheus::MetricType, 3> kTypes{
    prometheus::MetricType::Counter, prometheus::MetricType::Gauge, prometheus::MetricType::Histogram};

bool is_figure_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_lower(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

void check_name(std::string_view what, std::string_view name) {
  if (is_figure_name(name)) return;
  throw std::invalid_argument(std::string(what) + " \"" + std::string(name) +
                              "\": must be lower case letters, digits and _, beginning with a letter");
}

void check_labels(const Labels& labels) {
  for (const auto& [name, value] : labels) {
    check_name("metric label", name);
    // What Prometheus itself calls the bounds of a histogram.
    if (name == "le") throw std::invalid_argument("metric label \"le\": is taken; give it another name");
  }
}

prometheus::ClientMetric::Histogram collected(const Histogram& figure) {
  prometheus::ClientMetric::Histogram out;
  for (std::size_t i = 0; i < figure.bounds().size(); ++i) {
    out.sample_count += figure.count(i);
    out.bucket.push_back({out.sample_count, figure.bounds()[i]});
  }
  out.sample_count += figure.count(figure.bounds().size());
  out.bucket.push_back({out.sample_count, std::numeric_limits<double>::infinity()});
  out.sample_sum = figure.sum();
  return out;
}

struct Collected {
  prometheus::ClientMetric& to;
  void operator()(const std::unique_ptr<Counter>& figure) const {
    to.counter.value = static_cast<double>(figure->value());
  }
  void operator()(const std::unique_ptr<Gauge>& figure) const {
    to.gauge.value = static_cast<double>(figure->value());
  }
  void operator()(const std::unique_ptr<Histogram>& figure) const { to.histogram = collected(*figure); }
};

}  // namespace

class MetricsRegistry::Owner final : public api::Metrics {
 public:
  Owner(MetricsRegistry& registry, std::string_view name) : registry_(registry) {
    prefix_ = "gantry_" + std::string(name) + "_";
    std::replace(prefix_.begin(), prefix_.end(), '-', '_');
  }

  Counter& counter(std::string_view name, std::string_view help, const Labels& labels) override {
    const std::lock_guard lock(registry_.mutex_);
    return figure<Counter>(registry_.family(prefix_, name, help, 0), labels);
  }

  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels) override {
    const std::lock_guard lock(registry_.mutex_);
    return figure<Gauge>(registry_.family(prefix_, name, help, 1), labels);
  }

  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       const Labels& labels) override {
    if (!std::is_sorted(bounds.begin(), bounds.end()))
      throw std::invalid_argument("metric \"" + std::string(name) + "\": its bounds must go up");
    const std::lock_guard lock(registry_.mutex_);
    auto& family = registry_.family(prefix_, name, help, 2);
    if (family.figures.empty()) family.bounds = std::move(bounds);
    return figure<Histogram>(family, labels, family.bounds);
  }

 private:
  template <class Kind, class... Arguments>
  static Kind& figure(Family& family, const Labels& labels, const Arguments&... arguments) {
    check_labels(labels);
    auto& slot = family.figures[labels];
    if (!std::holds_alternative<std::unique_ptr<Kind>>(slot) || !std::get<std::unique_ptr<Kind>>(slot))
      slot = std::make_unique<Kind>(arguments...);
    return *std::get<std::unique_ptr<Kind>>(slot);
  }

  MetricsRegistry& registry_;
  std::string prefix_;
};

MetricsRegistry::MetricsRegistry() = default;
MetricsRegistry::~MetricsRegistry() = default;

api::Metrics& MetricsRegistry::of(std::string_view owner) {
  const std::lock_guard lock(mutex_);
  auto found = by_owner_.find(owner);
  if (found == by_owner_.end()) found = by_owner_.emplace(owner, std::make_unique<Owner>(*this, owner)).first;
  return *found->second;
}

MetricsRegistry::Family& MetricsRegistry::family(std::string_view prefix, std::string_view name,
                                                 std::string_view help, std::size_t kind) {
  check_name("metric", name);
  auto [found, is_new] = families_.try_emplace(std::string(prefix).append(name));
  auto& family = found->second;
  if (is_new) {
    family.help = help;
    family.kind = kind;
  } else if (family.kind != kind) {
    throw std::invalid_argument("metric \"" + std::string(name) + "\": is a " +
                                std::string(kKinds[family.kind]) + " already; give the " +
                                std::string(kKinds[kind]) + " another name");
  }
  return family;
}

std::string MetricsRegistry::text() const {
  std::vector<prometheus::MetricFamily> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) {
      auto& out = all.emplace_back();
      out.name = name;
      out.help = family.help;
      out.type = kTypes[family.kind];
      for (const auto& [labels, figure] : family.figures) {
        auto& metric = out.metric.emplace_back();
        for (const auto& [label, value] : labels) metric.label.push_back({label, value});
        std::visit(Collected{metric}, figure);
      }
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, all);
  return out.str();
}

}  // namespace gantry::kernel
