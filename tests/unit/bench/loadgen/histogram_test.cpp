#include "bench/loadgen/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <rapidcheck.h>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// Spread over all magnitudes: evenly drawn numbers would nearly all be of the longest two.
rc::Gen<std::int64_t> any_time() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 42), rc::gen::inRange<std::int64_t>(0, 1 << 20)),
                      [](const std::pair<int, std::int64_t>& of) {
                        const std::int64_t octave = std::int64_t{1} << of.first;
                        return octave - 1 + octave * of.second / (1 << 20);
                      });
}

Histogram histogram_of(const std::vector<std::int64_t>& times) {
  Histogram histogram;
  for (const std::int64_t time : times) histogram.record(nanoseconds(time));
  return histogram;
}

RC_GTEST_PROP(Histogram, is_never_below_the_exact_percentile_and_at_most_one_part_in_128_above, ()) {
  auto times = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(any_time()));
  const double percent = *rc::gen::element(0.01, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0);
  const Histogram histogram = histogram_of(times);

  std::sort(times.begin(), times.end());
  const double rank = std::ceil(percent / 100 * static_cast<double>(times.size()));
  const std::int64_t exact = times[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  const std::int64_t told = histogram.percentile(percent).count();
  RC_ASSERT(told >= exact);
  RC_ASSERT(told <= exact + exact / 128);
}

RC_GTEST_PROP(Histogram, merged_is_as_if_one_had_recorded_all, ()) {
  const auto one = *rc::gen::container<std::vector<std::int64_t>>(any_time());
  const auto other = *rc::gen::container<std::vector<std::int64_t>>(any_time());
  auto all = one;
  all.insert(all.end(), other.begin(), other.end());

  Histogram merged = histogram_of(one);
  merged.merge(histogram_of(other));
  const Histogram expected = histogram_of(all);
  RC_ASSERT(merged.count() == expected.count());
  RC_ASSERT(merged.min() == expected.min());
  RC_ASSERT(merged.max() == expected.max());
  RC_ASSERT(merged.mean() == expected.mean());
  for (const double percent : {10.0, 50.0, 99.0, 100.0})
    RC_ASSERT(merged.percentile(percent) == expected.percentile(percent));
}

TEST(Histogram, tells_the_smallest_and_the_largest_exactly) {
  const Histogram histogram = histogram_of({1'234'567, 7'654'321, 98'765'432});
  EXPECT_EQ(histogram.min(), 1'234'567ns);
  EXPECT_EQ(histogram.max(), 98'765'432ns);
  EXPECT_EQ(histogram.percentile(100), 98'765'432ns);
  EXPECT_EQ(histogram.mean(), nanoseconds((1'234'567 + 7'654'321 + 98'765'432) / 3));
}

TEST(Histogram, finds_one_slow_request_among_ten_thousand) {
  Histogram histogram;
  for (int i = 0; i < 9'999; ++i) histogram.record(100us);
  histogram.record(2s);
  EXPECT_LT(histogram.percentile(99.99), 101us);
  EXPECT_EQ(histogram.percentile(99.995), 2s);
}

TEST(Histogram, keeps_what_is_too_long_for_its_buckets) {
  const Histogram histogram = histogram_of({1, nanoseconds(3h).count()});
  EXPECT_EQ(histogram.percentile(100), 3h);
  EXPECT_EQ(histogram.max(), 3h);
}

TEST(Histogram, counts_a_time_before_its_start_as_none) {
  const Histogram histogram = histogram_of({-5});
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.percentile(50), 0ns);
}

TEST(Histogram, of_nothing_is_zero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.min(), 0ns);
  EXPECT_EQ(histogram.mean(), 0ns);
  EXPECT_EQ(histogram.percentile(99), 0ns);
}

}  // namespace
}  // namespace gantry::bench
