#include "namesrv/change_log.h"

#include "logging/capturing_logger.h"

#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

TEST(ChangeLog, says_nothing_of_nothing) {
  logging::CapturingLogger log;
  log_changes(log, {}, "registered", "10.0.0.9:1");
  EXPECT_TRUE(log.lines().empty());
}

TEST(ChangeLog, has_a_line_for_each_broker_and_one_for_all_topics) {
  logging::CapturingLogger log;
  Changes changes;
  changes.brokers.push_back({BrokerEvent::Kind::appeared, "c1", "broker-a", 0, "a:1", {}});
  changes.brokers.push_back({BrokerEvent::Kind::replaced, "c1", "broker-b", 1, "b:2", "b:1"});
  changes.topics = {"t1", "t2", "t3", "t4", "t5", "t6"};
  changes.topics_added = 6;
  log_changes(log, changes, "registered", "10.0.0.9:1");

  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].message, "broker registered");
  EXPECT_EQ(lines[0].field("broker"), "broker-a");
  EXPECT_EQ(lines[0].field("address"), "a:1");
  EXPECT_EQ(lines[0].field("peer"), "10.0.0.9:1");
  EXPECT_EQ(lines[1].message, "broker has another address");
  EXPECT_EQ(lines[1].field("before"), "b:1");
  EXPECT_EQ(lines[2].message, "topics changed");
  EXPECT_EQ(lines[2].field("added"), "6");
  EXPECT_EQ(lines[2].field("topics"), "t1,t2,t3,t4,t5,...");
}

TEST(ChangeLog, an_address_that_came_or_went_does_not_count_as_a_change_of_topics) {
  logging::CapturingLogger log;
  Changes changes;
  changes.brokers.push_back({BrokerEvent::Kind::gone, "c1", "broker-a", 1, "a:1", {}});
  changes.topics = {"t1"};
  log_changes(log, changes, "connection closed");
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_EQ(log.lines()[0].message, "broker gone");
  EXPECT_EQ(log.lines()[0].field("why"), R"("connection closed")");
}

}  // namespace
}  // namespace gantry::namesrv
