// Metrics of a test: EXPECT_EQ(metrics.counter_value("greetings_total"), 1). They refuse what the broker's
// refuse.
#pragma once

#include "kernel/api/metrics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::api::testing {

// One thread: the test's. Counting is for any.
class RecordedMetrics final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view /*help*/, const Labels& labels) override {
    return figure(counters_, "counter", name, labels);
  }
  Gauge& gauge(std::string_view name, std::string_view /*help*/, const Labels& labels) override {
    return figure(gauges_, "gauge", name, labels);
  }
  Histogram& histogram(std::string_view name, std::string_view /*help*/, std::vector<double> bounds,
                       const Labels& labels) override {
    return figure(histograms_, "histogram", name, labels, std::move(bounds));
  }

  // Of a figure that was never made: std::out_of_range.
  std::uint64_t counter_value(std::string_view name, const Labels& labels = {}) const {
    return counters_.at({std::string(name), labels})->value();
  }
  std::int64_t gauge_value(std::string_view name, const Labels& labels = {}) const {
    return gauges_.at({std::string(name), labels})->value();
  }
  const Histogram& histogram_of(std::string_view name, const Labels& labels = {}) const {
    return *histograms_.at({std::string(name), labels});
  }

 private:
  using Key = std::pair<std::string, Labels>;
  template <class Figure>
  using All = std::map<Key, std::unique_ptr<Figure>>;

  template <class Figure, class... Arguments>
  Figure& figure(All<Figure>& all, std::string_view kind, std::string_view name, const Labels& labels,
                 Arguments&&... arguments) {
    check(name);
    for (const auto& label : labels) check(label.first);
    const auto kind_before = kinds_.try_emplace(std::string(name), kind).first->second;
    if (kind_before != kind) {
      throw std::invalid_argument("metric " + std::string(name) + " is a " + std::string(kind_before) +
                                  " already, not a " + std::string(kind));
    }
    auto& made = all[{std::string(name), labels}];
    if (!made) made = std::make_unique<Figure>(std::forward<Arguments>(arguments)...);
    return *made;
  }

  static void check(std::string_view name) {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto allowed = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
    if (name.empty() || !lower(name.front()) || !std::ranges::all_of(name, allowed))
      throw std::invalid_argument("metric or label \"" + std::string(name) +
                                  "\": [a-z][a-z0-9_]* is allowed");
  }

  std::map<std::string, std::string_view> kinds_;
  All<Counter> counters_;
  All<Gauge> gauges_;
  All<Histogram> histograms_;
};

}  // namespace gantry::api::testing
