#include "kernel/offset_commits.h"

#include "tests/unit/kernel/manual_clock.h"
#include "tests/unit/kernel/some_tables.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using By = OffsetCommits::By;
using Outcome = OffsetCommits::Outcome;

struct OffsetCommitsTest : testing::Test {
  Outcome commit(std::int64_t next, By by = By::consumer) {
    return commits.commit({group, topic, queue, {next}, {100}}, by);
  }
  std::int64_t stands() const { return offsets.committed("g", "orders", queue).value().value; }

  const api::GroupName group = api::GroupName::parse("g").value();
  const api::TopicName topic = api::TopicName::parse("orders").value();
  const api::QueueId queue{0};
  ManualClock clock;
  SomeOffsets offsets;
  OffsetCommits commits{offsets, clock, {.patience = 60s, .most_sent = 2}};
};

TEST_F(OffsetCommitsTest, takes_what_goes_forward_and_what_stays) {
  EXPECT_EQ(commit(0), Outcome::taken);
  EXPECT_EQ(commit(7), Outcome::taken);
  EXPECT_EQ(commit(7), Outcome::taken);
  EXPECT_EQ(stands(), 7);
}

TEST_F(OffsetCommitsTest, does_not_let_a_consumer_that_is_late_take_the_group_back) {
  commit(7);
  EXPECT_EQ(commit(6), Outcome::behind);
  EXPECT_EQ(stands(), 7);
}

TEST_F(OffsetCommitsTest, takes_nothing_past_the_end_of_the_queue) {
  EXPECT_EQ(commit(100), Outcome::taken);
  EXPECT_EQ(commit(101), Outcome::past_the_end);
  EXPECT_EQ(commit(101, By::tool), Outcome::past_the_end);
  EXPECT_EQ(stands(), 100);
}

TEST_F(OffsetCommitsTest, lets_a_tool_take_the_group_back) {
  commit(7);
  EXPECT_EQ(commit(3, By::tool), Outcome::taken_back);
  EXPECT_EQ(stands(), 3);
}

TEST_F(OffsetCommitsTest, lets_a_consumer_go_back_to_where_it_was_sent_and_nowhere_else) {
  commit(70);
  commits.sent_to("g", "orders", queue, {30});
  EXPECT_EQ(commit(29), Outcome::behind);
  EXPECT_EQ(commit(80), Outcome::taken);  // what it had on its way when it was told
  EXPECT_EQ(commit(30), Outcome::taken_back);
  EXPECT_EQ(stands(), 30);
}

TEST_F(OffsetCommitsTest, lets_it_go_back_there_once) {
  commit(70);
  commits.sent_to("g", "orders", queue, {30});
  commit(30);
  commit(50);
  EXPECT_EQ(commit(30), Outcome::behind);
  EXPECT_EQ(stands(), 50);
}

TEST_F(OffsetCommitsTest, takes_another_group_topic_or_queue_for_what_it_is) {
  commit(70);
  commits.sent_to("h", "orders", queue, {30});
  commits.sent_to("g", "bills", queue, {30});
  EXPECT_EQ(commit(30), Outcome::behind);
  commits.sent_to("g", "orders", api::QueueId{1}, {30});
  EXPECT_EQ(commit(30), Outcome::behind);
}

TEST_F(OffsetCommitsTest, does_not_wait_forever_for_one_that_was_sent_back) {
  commit(70);
  commits.sent_to("g", "orders", queue, {30});
  clock.advance(59s);
  commits.sent_to("g", "orders", queue, {20});  // again, and elsewhere: this counts
  clock.advance(59s);
  EXPECT_EQ(commit(30), Outcome::behind);
  EXPECT_EQ(commit(20), Outcome::taken_back);

  commit(70);
  commits.sent_to("g", "orders", queue, {30});
  clock.advance(60s);
  EXPECT_EQ(commit(30), Outcome::behind);
}

TEST_F(OffsetCommitsTest, remembers_so_many_that_were_sent_back_until_the_time_of_some_is_over) {
  commit(70);
  commits.sent_to("g", "a", queue, {0});
  commits.sent_to("g", "b", queue, {0});
  commits.sent_to("g", "orders", queue, {30});
  EXPECT_EQ(commit(30), Outcome::behind);
  clock.advance(60s);
  commits.sent_to("g", "orders", queue, {30});
  EXPECT_EQ(commit(30), Outcome::taken_back);
}

TEST_F(OffsetCommitsTest, takes_one_that_is_sent_again_when_there_is_no_room_for_another) {
  commit(70);
  commits.sent_to("g", "a", queue, {0});
  commits.sent_to("g", "orders", queue, {30});
  commits.sent_to("g", "orders", queue, {40});
  EXPECT_EQ(commit(40), Outcome::taken_back);
}

}  // namespace
}  // namespace gantry::kernel
