#include "kernel/offsets_past_ends.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"
#include "tests/unit/kernel/some_store.h"

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

TEST(OffsetsPastEnds, are_set_back_to_the_ends_and_told) {
  ManualClock clock;
  logging::CapturingLogger log;
  OffsetTable offsets(clock);
  SomeStore store;
  for (int i = 0; i < 3; ++i) store.add({.topic = "orders", .queue = 1});
  const auto topic = api::TopicName::parse("orders").value();
  const auto gone = api::TopicName::parse("gone").value();
  const auto at_end = api::GroupName::parse("at-end").value();
  const auto past = api::GroupName::parse("past").value();
  offsets.commit(at_end, topic, api::QueueId{1}, {3});
  offsets.commit(past, topic, api::QueueId{1}, {4});
  offsets.commit(past, topic, api::QueueId{2}, {9});
  offsets.commit(past, gone, api::QueueId{0}, {9});

  set_back_past_ends(offsets, store, log);
  EXPECT_EQ(offsets.committed("at-end", "orders", api::QueueId{1}), api::QueueOffset{3});
  EXPECT_EQ(offsets.committed("past", "orders", api::QueueId{1}), api::QueueOffset{3});
  EXPECT_EQ(offsets.committed("past", "orders", api::QueueId{2}), api::QueueOffset{9});
  EXPECT_EQ(offsets.committed("past", "gone", api::QueueId{0}), api::QueueOffset{9});
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_EQ(log.lines().front().field("group"), "past");
  EXPECT_EQ(log.lines().front().field("from"), "4");
  EXPECT_EQ(log.lines().front().field("to"), "3");

  set_back_past_ends(offsets, store, log);
  EXPECT_EQ(log.lines().size(), 1u);
}

}  // namespace
}  // namespace gantry::kernel
