#include "bench/loadgen/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace gantry::bench {
namespace {

constexpr std::uint64_t kPerOctave = Histogram::kBucketsPerOctave;
constexpr unsigned kOctaveBits = std::countr_zero(kPerOctave);
static_assert(std::has_single_bit(kPerOctave), "a bucket is found by shifting");

// Below 2 * kPerOctave a bucket holds one value; from there each octave has kPerOctave buckets, twice as
// wide as those of the octave before.
std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * kPerOctave) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - (kOctaveBits + 1);
  return shift * kPerOctave + (value >> shift);
}

std::uint64_t last_value_of(std::size_t bucket) {
  if (bucket < 2 * kPerOctave) return bucket;
  const std::uint64_t shift = bucket / kPerOctave - 1;
  const std::uint64_t leading = bucket - shift * kPerOctave;
  return ((leading + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram()
    : buckets_(bucket_of(static_cast<std::uint64_t>(kLongest.count())) + 1),
      min_(std::numeric_limits<std::int64_t>::max()) {
}

void Histogram::record(std::chrono::nanoseconds value) {
  const std::int64_t exact = std::max<std::int64_t>(value.count(), 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(std::min(exact, kLongest.count())))];
  ++count_;
  sum_ += static_cast<std::uint64_t>(exact);
  min_ = std::min(min_, exact);
  max_ = std::max(max_, exact);
}

void Histogram::merge(const Histogram& other) {
  std::transform(buckets_.begin(), buckets_.end(), other.buckets_.begin(), buckets_.begin(), std::plus<>());
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds Histogram::percentile(double percent) const {
  if (count_ == 0) return std::chrono::nanoseconds(0);
  const double exact_rank = std::ceil(percent / 100.0 * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen < rank) continue;
    if (bucket + 1 == buckets_.size()) break;  // holds everything too long for the others
    return std::min(std::chrono::nanoseconds(last_value_of(bucket)), max());
  }
  return max();
}

std::chrono::nanoseconds Histogram::min() const {
  return std::chrono::nanoseconds(count_ == 0 ? 0 : min_);
}

std::chrono::nanoseconds Histogram::mean() const {
  return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_);
}

}  // namespace gantry::bench
