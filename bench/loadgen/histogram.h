// Latencies of all requests of a run, in bounded memory, as HdrHistogram does it.
//
// A value is counted in a bucket whose width is at most 1/128 of the value, so a percentile is at
// most 0.8 % above the exact one and never below it: the error is always to the disadvantage of what
// is measured. Count, minimum, maximum and mean are exact. Recording costs a shift and an increment.
//
// Thread: one writer; each generator thread has its own, and they are merged afterwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gantry::bench {

class Histogram {
 public:
  // Each power of two is cut into this many buckets.
  static constexpr std::uint64_t kBucketsPerOctave = 128;
  // 73 minutes. What is longer counts as this long in percentiles, and as what it is in max().
  static constexpr std::chrono::nanoseconds kLongest{(std::int64_t{1} << 42) - 1};

  Histogram();

  // A negative time (a clock read before the event that it should follow) counts as zero.
  void record(std::chrono::nanoseconds value);
  void merge(const Histogram& other);

  // The smallest value that `percent` of all recorded ones do not exceed, 0 < percent <= 100, rounded up
  // to the end of its bucket but never above max(). Zero when nothing was recorded.
  std::chrono::nanoseconds percentile(double percent) const;

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds min() const;
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
  std::chrono::nanoseconds mean() const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::int64_t min_;
  std::int64_t max_ = 0;
};

}  // namespace gantry::bench
