#include "logging/capturing_logger.h"

#include <thread>

#include <gtest/gtest.h>

namespace gantry::logging {
namespace {

using namespace std::chrono_literals;

TEST(CapturingLogger, keeps_lines_as_data) {
  CapturingLogger log;
  log.named("remoting")->named("tls")->warn("refused", {{"peer", "a b"}, {"after", 5s}});
  ASSERT_EQ(log.lines().size(), 1u);
  const auto line = log.lines().front();
  EXPECT_EQ(line.level, Level::warn);
  EXPECT_EQ(line.part, "remoting.tls");
  EXPECT_EQ(line.message, "refused");
  EXPECT_EQ(line.field("peer"), "\"a b\"");
  EXPECT_EQ(line.field("after"), "5s");
  EXPECT_EQ(line.field("none"), "");
}

TEST(CapturingLogger, drops_what_is_below_its_level) {
  CapturingLogger log(Level::warn);
  log.info("no");
  log.error("yes");
  EXPECT_EQ(log.count("no"), 0u);
  EXPECT_EQ(log.count("yes"), 1u);
}

TEST(CapturingLogger, waits_for_a_line_of_another_thread) {
  CapturingLogger log;
  const std::jthread other([part = log.named("other")] {
    part->info("noise");
    part->info("closed", {{"peer", "x"}});
    part->info("closed", {{"peer", "y"}});
  });
  const auto line = log.wait_for([](const CapturedLine& l) { return l.field("peer") == "y"; });
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->message, "closed");
}

TEST(CapturingLogger, finds_a_line_that_came_before_the_wait) {
  CapturingLogger log;
  log.info("ready");
  EXPECT_TRUE(log.wait_for("ready", 0ms).has_value());
}

TEST(CapturingLogger, gives_up_on_a_line_that_does_not_come) {
  CapturingLogger log;
  log.info("other");
  EXPECT_FALSE(log.wait_for("ready", 1ms).has_value());
}

}  // namespace
}  // namespace gantry::logging
