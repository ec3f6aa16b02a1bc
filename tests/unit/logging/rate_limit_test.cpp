#include "logging/rate_limit.h"

#include "logging/capturing_logger.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::logging {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHeldBack = "more like this were not logged";

class RateLimited : public testing::Test {
 protected:
  std::chrono::steady_clock::time_point now_{};
  CapturingLogger log_;
  RateLimit limit_{log_, 3, [this] { return now_; }};
};

TEST_F(RateLimited, lines_up_to_the_limit_are_written) {
  for (int i = 0; i < 3; ++i) limit_.warn("refused", {{"i", i}});
  EXPECT_EQ(log_.count("refused"), 3u);
  EXPECT_EQ(log_.lines().size(), 3u);
}

TEST_F(RateLimited, lines_past_the_limit_are_counted_and_told_with_the_next_second) {
  for (int i = 0; i < 20; ++i) limit_.warn("refused");
  EXPECT_EQ(log_.lines().size(), 3u);
  now_ += 999ms;
  limit_.warn("refused");
  EXPECT_EQ(log_.lines().size(), 3u);
  now_ += 1ms;
  limit_.warn("refused");
  ASSERT_EQ(log_.lines().size(), 5u);
  const auto told = log_.lines()[3];
  EXPECT_EQ(told.level, Level::warn);
  EXPECT_EQ(told.message, kHeldBack);
  EXPECT_EQ(told.field("like"), "refused");
  EXPECT_EQ(told.field("count"), "18");
}

TEST_F(RateLimited, lines_have_a_fresh_limit_in_each_second) {
  for (int second = 0; second < 3; ++second, now_ += 1s)
    for (int i = 0; i < 3; ++i) limit_.warn("refused");
  EXPECT_EQ(log_.count("refused"), 9u);
  EXPECT_EQ(log_.count(kHeldBack), 0u);
}

TEST_F(RateLimited, lines_are_told_by_flush_when_the_second_is_over) {
  for (int i = 0; i < 4; ++i) limit_.warn("refused");
  limit_.flush();
  EXPECT_EQ(log_.count(kHeldBack), 0u);
  now_ += 1s;
  limit_.flush();
  limit_.flush();
  EXPECT_EQ(log_.count(kHeldBack), 1u);
}

TEST_F(RateLimited, lines_below_the_level_cost_nothing_of_the_limit) {
  CapturingLogger quiet(Level::warn);
  RateLimit limit(quiet, 1, [this] { return now_; });
  for (int i = 0; i < 10; ++i) limit.info("noise");
  limit.warn("refused");
  EXPECT_EQ(quiet.lines().size(), 1u);
}

TEST_F(RateLimited, lines_are_all_accounted_for_at_the_end_whatever_thread_wrote_them) {
  {
    RateLimit limit(log_, 10, [this] { return now_; });
    std::vector<std::jthread> writers;
    for (int t = 0; t < 4; ++t)
      writers.emplace_back([&] {
        for (int i = 0; i < 100; ++i) limit.warn("refused");
      });
  }
  EXPECT_EQ(log_.count("refused"), 10u);
  ASSERT_EQ(log_.count(kHeldBack), 1u);
  EXPECT_EQ(log_.lines().back().field("count"), "390");
}

}  // namespace
}  // namespace gantry::logging
