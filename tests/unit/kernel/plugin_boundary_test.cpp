#include "kernel/plugin_boundary.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Boundary : testing::Test {
  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary boundary{"store-mmap", metrics, log, clock};
};

TEST_F(Boundary, hands_back_what_was_thrown_and_counts_it_by_step) {
  EXPECT_EQ(boundary.attempt("start", [] {}), std::nullopt);
  EXPECT_EQ(boundary.attempt("start", [] { throw std::runtime_error("no luck"); }), "no luck");
  EXPECT_EQ(log.lines().size(), 0u);
  EXPECT_THAT(metrics.text(),
              HasSubstr("gantry_plugin_exceptions_total{plugin=\"store-mmap\",step=\"start\"} 1"));
}

TEST_F(Boundary, logs_what_a_guarded_call_throws_but_not_without_end) {
  for (int i = 0; i < 1000; ++i) boundary.guard("request", [] { throw std::runtime_error("no luck"); });
  EXPECT_EQ(log.count("plugin threw an exception"), 5u);
  clock.advance(2s);
  boundary.guard("request", [] { throw std::runtime_error("no luck"); });
  EXPECT_EQ(log.count("plugin threw an exception"), 6u);
  EXPECT_EQ(log.wait_for("more like this were not logged")->field("count"), "995");
  EXPECT_THAT(metrics.text(), HasSubstr("step=\"request\"} 1001"));
}

TEST_F(Boundary, counts_misused_completions_and_holds_lines_back) {
  for (int i = 0; i < 100; ++i) boundary.dropped();
  EXPECT_EQ(log.count("plugin gave up a completion without telling an outcome"), 5u);
  EXPECT_THAT(
      metrics.text(),
      HasSubstr("gantry_plugin_completions_misused_total{plugin=\"store-mmap\",misuse=\"dropped\"} 100"));
}

}  // namespace
}  // namespace gantry::kernel
