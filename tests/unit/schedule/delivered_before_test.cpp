#include "plugins/schedule/delivered_before.h"

#include "kernel/api/testing/manual_jobs.h"
#include "plugins/schedule/redelivery.h"
#include "tests/unit/schedule/memory_store.h"
#include "tests/unit/schedule/waiting_message.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using api::QueueId;

class DeliveredBefore : public testing::Test {
 protected:
  void wait(WaitingMessage message) { store_.put(message.record()); }
  // What delivery does with the n-th message of a level.
  void deliver(std::int32_t level, std::size_t n) {
    const auto waiting = store_.messages(kScheduleTopic, level - 1).at(n);
    api::Draft draft;
    ASSERT_FALSE(redeliver(waiting, draft));
    store_.put(draft.record);
  }
  void others(int count) {
    for (int i = 0; i < count; ++i) store_.put({.body = "other", .topic = "T"});
  }
  // As long as the level is then.
  void wait_for(std::chrono::milliseconds delay, WaitingMessage message) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch());
    store_.put(message.record(), (now + delay).count());
  }
  std::int64_t found(std::int32_t level, LevelProgress written = {}, const std::string& levels = "1s 5s") {
    const auto all =
        delivered_before(store_, DelayLevels::parse(levels).value(), clock_, {{queue_of(level), written}});
    const auto there = all.find(queue_of(level));
    return there == all.end() ? written.next.value : there->second.next.value;
  }

  api::testing::ManualClock clock_;
  MemoryStore store_{clock_};
};

TEST_F(DeliveredBefore, finds_each_message_that_stands_in_its_topic) {
  for (const char* body : {"1", "2", "3"}) wait({.body = body});
  clock_.advance(1s);
  others(3);
  deliver(1, 0);
  others(3);
  deliver(1, 1);
  EXPECT_EQ(found(1), 2);
  EXPECT_EQ(found(1, {.next = {1}, .log_end = {}}), 2);
  EXPECT_EQ(found(1, {.next = {2}, .log_end = {}}), 2);
}

TEST_F(DeliveredBefore, reads_the_log_no_further_back_than_it_must) {
  others(100);
  wait({.body = "1"});
  clock_.advance(1s);
  others(100);
  EXPECT_EQ(found(1), 0);
  EXPECT_EQ(store_.walked_from.size(), 1u);  // other messages are there since
  clock_.advance(1ms);
  wait({.body = "2"});
  EXPECT_EQ(found(1, {.next = {1}, .log_end = {}}), 1);
  EXPECT_EQ(store_.walked_from.size(), 1u);  // it is not due
  clock_.advance(2s);
  const auto end = store_.end();
  EXPECT_EQ(found(1, {.next = {1}, .log_end = {}}), 1);
  EXPECT_EQ(store_.walked_from.size(), 1u);  // nothing came since
  deliver(1, 1);
  EXPECT_EQ(found(1, {.next = {1}, .log_end = {}}), 2);
  EXPECT_EQ(store_.walked_from.back(), end);
}

// The same twice, to the byte: who looked no further than at contents would take the second for delivered.
TEST_F(DeliveredBefore, does_not_take_the_delivery_of_an_equal_message_for_that_of_the_next) {
  wait({.body = "same"});
  wait({.body = "same"});
  clock_.advance(1s);
  deliver(1, 0);
  EXPECT_EQ(found(1), 1);
  EXPECT_EQ(found(1, {.next = {1}, .log_end = store_.end()}), 1);
  deliver(1, 1);
  EXPECT_EQ(found(1), 2);
}

TEST_F(DeliveredBefore, finds_what_was_delivered_before_its_level_became_longer) {
  wait_for(1s, {.body = "1"});
  wait_for(1s, {.body = "2"});
  clock_.advance(1s);
  deliver(1, 0);
  clock_.advance(1s);
  EXPECT_EQ(found(1, {}, "1h"), 1) << "it is due in an hour";
  EXPECT_EQ(found(1, {}, "2s"), 1) << "it was due a moment ago";
  deliver(1, 1);
  EXPECT_EQ(found(1, {}, "1h"), 2);
}

TEST_F(DeliveredBefore, finds_what_was_delivered_after_its_level_became_shorter) {
  wait_for(1h, {.body = "1"});
  clock_.advance(2s);
  deliver(1, 0);
  EXPECT_EQ(found(1, {}, "1s"), 1);
}

TEST_F(DeliveredBefore, keeps_levels_and_topics_apart) {
  wait({.body = "a", .level = 1, .topic = "A"});
  wait({.body = "b", .level = 2, .topic = "B"});
  wait({.body = "c", .level = 2, .topic = "C"});
  clock_.advance(5s);
  deliver(2, 0);
  deliver(1, 0);
  const auto all = delivered_before(store_, DelayLevels::parse("1s 5s").value(), clock_,
                                    {{QueueId{0}, {}}, {QueueId{1}, {}}});
  EXPECT_EQ(all.at(QueueId{0}).next.value, 1);
  EXPECT_EQ(all.at(QueueId{1}).next.value, 1);
  EXPECT_LT(all.at(QueueId{1}).log_end, all.at(QueueId{0}).log_end);
  EXPECT_EQ(all.at(QueueId{0}).log_end, store_.end());
}

TEST_F(DeliveredBefore, steps_over_what_can_go_nowhere) {
  wait({.body = "1", .topic = std::string(kHalfTopic)});
  wait({.body = "2"});
  wait({.body = "3", .queue = -1});
  wait({.body = "4"});
  clock_.advance(1s);
  deliver(1, 1);
  EXPECT_EQ(found(1), 2);
  deliver(1, 3);
  EXPECT_EQ(found(1), 4);
}

TEST_F(DeliveredBefore, finds_more_than_one_read_brings) {
  for (int i = 0; i < 1000; ++i) wait({.body = std::to_string(i)});
  clock_.advance(1s);
  for (std::size_t i = 0; i < 700; ++i) deliver(1, i);
  EXPECT_EQ(found(1), 700);
}

TEST_F(DeliveredBefore, passes_on_what_the_store_does_not_answer) {
  wait({.body = "1"});
  store_.fail_reading("the disk is away");
  EXPECT_THROW(static_cast<void>(found(1)), std::exception);
}

}  // namespace
}  // namespace gantry::schedule
