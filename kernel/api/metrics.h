// Figures for operators, in Prometheus' terms. A plugin's are named gantry_<plugin>_<name>, so `name` is
// short:
//
//   auto& answered = context.metrics().counter("greetings_total", "Greetings answered.");
//   answered.add();
//
// Make each once, when the plugin is configured, and keep the reference: it is good until the plugin's end.
// Counting is one atomic addition, for any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::api {

// Only goes up.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Goes up and down.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// How many observations were at most each of its bounds.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void observe(double value) {
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  std::span<const double> bounds() const { return bounds_; }
  // Of the observations in bucket `index` alone; the last one is above all bounds.
  std::uint64_t count(std::size_t index) const { return counts_[index].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// Thread: any, but not on a hot path. A name that is not of the form [a-z][a-z0-9_]*, or that was given to
// another kind of figure, throws std::invalid_argument. The same name and labels give the same object.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  virtual ~Metrics() = default;
  virtual Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {}) = 0;
  virtual Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {}) = 0;
  // Bounds go up; those of the first call of a name hold for all.
  virtual Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               const Labels& labels = {}) = 0;
};

}  // namespace gantry::api
