#include "options/duration.h"

#include <limits>
#include <rapidcheck.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::options {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

TEST(DurationText, reads_a_whole_number_with_a_unit) {
  EXPECT_EQ(parse_duration("3s"), 3s);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("15us"), 15us);
  EXPECT_EQ(parse_duration("9ns"), 9ns);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("10 s"), 10s);
}

TEST(DurationText, refuses_what_could_be_misread) {
  for (const auto* text : {"", "s", "3", "0", "-3s", "+3s", "1.5h", "3S", "3 parsecs", "3s ", " 3s", "3  s",
                           "1h30m", "9223372037s", "106752d", "99999999999999999999s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(DurationText, is_written_in_the_largest_unit_that_fits_exactly) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(24h), "1d");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(nanoseconds::max()), "9223372036854775807ns");
}

RC_GTEST_PROP(DurationText, is_read_back_as_it_was_written, ()) {
  const auto unit = *rc::gen::element<std::int64_t>(1, 1000, 1'000'000, 1'000'000'000, 60'000'000'000,
                                                    3'600'000'000'000, 86'400'000'000'000);
  const auto most = std::numeric_limits<std::int64_t>::max() / unit;
  const nanoseconds duration(*rc::gen::inRange<std::int64_t>(0, most) * unit);
  RC_ASSERT(parse_duration(duration_text(duration)) == duration);
}

}  // namespace
}  // namespace gantry::options
