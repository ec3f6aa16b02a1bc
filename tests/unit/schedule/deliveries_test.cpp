#include "plugins/schedule/deliveries.h"

#include "remoting/message_properties.h"
#include "remoting/tag_hash.h"
#include "tests/unit/schedule/some_broker.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using Texts = std::vector<std::string>;

// Levels of Apache's default: 1 waits 1 s, 2 waits 5 s, 3 waits 10 s.
class DeliveriesTest : public testing::Test {
 protected:
  DeliveriesTest() { broker_.start(); }
  ~DeliveriesTest() override {
    if (broker_.deliveries) broker_.stop();
  }

  SomeBroker broker_;
};

TEST_F(DeliveriesTest, bring_a_message_to_its_topic_when_its_time_has_come_and_not_before) {
  broker_.send({.body = "a", .level = 3, .queue = 2, .more_properties = "TAGS\x01red"});
  broker_.advance(10s - 1ms);
  EXPECT_THAT(broker_.delivered("T", 2), IsEmpty());
  EXPECT_EQ(broker_.waiting(3), 1);
  broker_.advance(1ms);
  EXPECT_EQ(broker_.delivered("T", 2), Texts{"a"});
  EXPECT_EQ(broker_.waiting(3), 0);
  const auto message = broker_.store.messages("T", 2).front();
  EXPECT_EQ(message.store_timestamp(),
            broker_.store.messages(kScheduleTopic, 2).front().store_timestamp() + 10'000);
  EXPECT_EQ(remoting::find_property(message.properties(), "DELAY"), "3");
  EXPECT_THAT(broker_.store.codes("T", 2), ElementsAre(remoting::java_string_hash("red")));
}

TEST_F(DeliveriesTest, count_a_message_that_comes_while_they_look_from_its_coming) {
  broker_.store.before_range = [&] {
    broker_.context.clock().advance(5s);
    broker_.store.put(WaitingMessage{.body = "b", .level = 3}.record());
  };
  broker_.send("a", 3);
  broker_.advance(10s - 1ms);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
  broker_.advance(1ms);
  EXPECT_EQ(broker_.delivered(), (Texts{"a", "b"}));
}

TEST_F(DeliveriesTest, keep_each_level_apart_from_the_others) {
  broker_.send("slow", 3);
  broker_.send("fast", 1);
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered(), Texts{"fast"});
  broker_.advance(9s);
  EXPECT_EQ(broker_.delivered(), (Texts{"fast", "slow"}));
}

TEST_F(DeliveriesTest, keep_the_order_of_a_level) {
  Texts sent;
  for (int i = 0; i < 100; ++i) {
    broker_.send(sent.emplace_back(std::to_string(i)), 1);
    broker_.advance(7ms);
  }
  broker_.advance(2s);
  EXPECT_EQ(broker_.delivered(), sent);
}

TEST_F(DeliveriesTest, take_many_due_messages_in_bursts_of_bounded_length) {
  for (int i = 0; i < 3000; ++i) broker_.store.put(WaitingMessage{.body = std::to_string(i)}.record());
  broker_.context.settle();
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered().size(), 3000u);
  EXPECT_THAT(broker_.store.bursts, Each(Le(512u)));
  EXPECT_LT(broker_.store.bursts.size(), 12u);
}

TEST_F(DeliveriesTest, take_bursts_of_bounded_size) {
  broker_.stop();
  SomeBroker small({.burst_size = ByteSize::kib(2)});
  small.start();
  const std::string large(1500, 'x');
  for (int i = 0; i < 3; ++i) small.send(large, 1);
  small.send(std::string(4000, 'y'), 1);
  small.advance(2s);
  EXPECT_EQ(small.delivered().size(), 4u);
  EXPECT_THAT(small.store.bursts, ElementsAre(1u, 1u, 1u, 1u));
  small.stop();
}

TEST_F(DeliveriesTest, gather_what_comes_due_within_a_moment) {
  for (int i = 0; i < 1000; ++i) {
    broker_.send(std::to_string(i), 1);
    broker_.advance(1ms);
  }
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered().size(), 1000u);
  EXPECT_LE(broker_.store.bursts.size(), 110u);
  for (const auto& message : broker_.store.messages("T", 0)) {
    const auto sent = broker_.store.messages(kScheduleTopic, 0)[std::stoul(std::string(message.body()))];
    EXPECT_GE(message.store_timestamp() - sent.store_timestamp(), 1000);
    EXPECT_LE(message.store_timestamp() - sent.store_timestamp(), 1010);
  }
}

TEST_F(DeliveriesTest, do_nothing_while_nothing_is_due_and_nothing_comes) {
  broker_.send("a", 18);
  broker_.advance(1s);
  std::size_t reads = 0;
  broker_.store.at_read = [&](auto) { ++reads; };
  broker_.advance(2h - 2s);
  EXPECT_EQ(reads, 0u);
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
}

TEST_F(DeliveriesTest, look_at_the_queues_ten_times_a_second_at_most_whatever_is_sent) {
  std::size_t reads = 0;
  broker_.store.at_read = [&](auto) { ++reads; };
  for (int i = 0; i < 1000; ++i) {
    // Each finds a level that was idle, and so would have it read.
    broker_.send("a", 1 + i % 18);
    broker_.advance(1ms);
  }
  EXPECT_LE(reads, 18u * 2 + 11);
}

TEST_F(DeliveriesTest, try_again_in_order_what_the_store_does_not_take_for_now) {
  bool full = true;
  broker_.store.refuse = [&](const api::Draft& draft) -> std::optional<api::Refusal> {
    if (!full || draft.record.body == "1") return std::nullopt;
    return api::Refusal{remoting::ResponseCode::service_not_available, "the disk is full"};
  };
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 1);
  broker_.advance(10s);
  EXPECT_EQ(broker_.delivered(), Texts{"1"});
  EXPECT_EQ(broker_.offset(1), 1);
  EXPECT_LE(broker_.store.bursts.size(), 10u);  // with growing pauses
  EXPECT_EQ(broker_.context.log().count("delayed messages wait: the store does not take them"), 1u);
  full = false;
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2", "3"}));
  EXPECT_EQ(broker_.context.log().count("delayed messages are delivered again"), 1u);
}

// As after a sync that took too long: the message is in the log, and may come to the disk yet.
TEST_F(DeliveriesTest, count_what_the_store_could_not_promise_once_the_log_shows_it_and_write_it_once) {
  broker_.store.not_kept = api::Refusal{remoting::ResponseCode::flush_disk_timeout, "the disk is slow"};
  broker_.send("a", 1);
  broker_.store.hidden_from = broker_.store.end();
  broker_.advance(1s);
  broker_.store.not_kept.reset();
  broker_.send("b", 1);
  broker_.advance(1min);
  EXPECT_EQ(broker_.offset(1), std::nullopt);
  broker_.store.hidden_from.reset();
  broker_.advance(10s);
  EXPECT_EQ(broker_.offset(1), 2);
  EXPECT_EQ(broker_.delivered(), (Texts{"a", "b"}));
}

TEST_F(DeliveriesTest, leave_what_the_store_could_not_promise_to_the_next_start) {
  broker_.store.not_kept = api::Refusal{.text = "the disk failed"};
  broker_.send("a", 1);
  broker_.store.hidden_from = broker_.store.end();
  broker_.advance(10s);
  broker_.stop();
  EXPECT_EQ(broker_.offset(1), std::nullopt);
  broker_.store.not_kept.reset();
  broker_.store.hidden_from.reset();
  broker_.start();
  broker_.advance(10s);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
  EXPECT_EQ(broker_.offset(1), 1);
}

TEST_F(DeliveriesTest, move_the_progress_only_when_the_store_has_told) {
  broker_.store.hold = true;
  broker_.send("a", 1);
  broker_.advance(2s);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
  EXPECT_EQ(broker_.offset(1), std::nullopt);
  broker_.store.tell_held();
  broker_.context.settle();
  EXPECT_EQ(broker_.offset(1), 1);
}

TEST_F(DeliveriesTest, hold_no_level_up_for_another_whose_burst_is_not_told) {
  broker_.store.hold = true;
  broker_.send("a", 1);
  broker_.advance(1s);
  broker_.store.hold = false;
  broker_.send("b", 2);
  broker_.advance(5s);
  EXPECT_EQ(broker_.offset(2), 1);
  broker_.store.tell_held();
}

TEST_F(DeliveriesTest, drop_what_the_store_never_takes_and_what_can_go_nowhere) {
  broker_.store.refuse = [](const api::Draft& draft) -> std::optional<api::Refusal> {
    if (draft.record.body != "illegal") return std::nullopt;
    return api::Refusal{remoting::ResponseCode::message_illegal, "too large"};
  };
  broker_.send("1", 1);
  broker_.send("illegal", 1);
  broker_.send({.body = "half", .level = 1, .topic = std::string(kHalfTopic)});
  broker_.send({.body = "nowhere", .level = 1, .queue = -5});
  broker_.send("2", 1);
  broker_.advance(2s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
  EXPECT_THAT(broker_.delivered(kHalfTopic, 0), IsEmpty());
  EXPECT_EQ(broker_.dropped("undeliverable"), 3u);
  EXPECT_EQ(broker_.offset(1), 5);
}

TEST_F(DeliveriesTest, drop_a_damaged_message_and_deliver_those_around_it) {
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 1);
  broker_.store.damage_body(kScheduleTopic, 0, {1});
  broker_.advance(2s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "3"}));
  EXPECT_EQ(broker_.dropped("unreadable"), 1u);
}

TEST_F(DeliveriesTest, pass_over_a_message_that_cannot_be_read_once_others_can) {
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 1);
  broker_.store.break_message(kScheduleTopic, 0, {1});
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), Texts{"1"});
  broker_.advance(1min);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "3"}));
  EXPECT_EQ(broker_.dropped("unreadable"), 1u);
  EXPECT_EQ(broker_.context.log().count("delayed message cannot be read; it is tried again"), 1u);
}

TEST_F(DeliveriesTest, wait_as_long_as_nothing_can_be_read) {
  for (const char* body : {"1", "2"}) broker_.send(body, 1);
  broker_.store.fail_reading("the disk is away");
  broker_.advance(10min);
  EXPECT_EQ(broker_.dropped("unreadable"), 0u);
  broker_.store.fail_reading({});
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
}

TEST_F(DeliveriesTest, tell_what_was_removed_before_it_was_due) {
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 3);
  broker_.store.remove_before(kScheduleTopic, 2, {2});
  broker_.advance(10s);
  EXPECT_EQ(broker_.delivered(), Texts{"3"});
  EXPECT_EQ(broker_.dropped("expired"), 2u);
}

TEST_F(DeliveriesTest, begin_anew_with_a_queue_that_was_removed) {
  broker_.send("1", 1);
  broker_.advance(1s);
  broker_.store.remove_queue(kScheduleTopic, 0);
  broker_.store.put({.body = "other", .topic = "Other"});  // so that somebody looks
  broker_.advance(1s);
  broker_.send("2", 1);
  broker_.advance(2s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
}

TEST_F(DeliveriesTest, deliver_to_a_topic_that_is_gone_and_say_so) {
  broker_.send({.body = "1", .level = 1, .topic = "Gone"});
  broker_.send({.body = "2", .level = 1, .topic = "Gone"});
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered("Gone"), (Texts{"1", "2"}));
  EXPECT_EQ(broker_.context.metrics().counter_value("to_missing_topic_total"), 2u);
  EXPECT_EQ(broker_.context.log().count("delayed message goes to a topic that does not exist any more"), 1u);
}

TEST_F(DeliveriesTest, count_what_they_delivered_and_how_late) {
  broker_.send("1", 2);
  broker_.advance(5s);
  EXPECT_EQ(broker_.context.metrics().counter_value("delivered_total", {{"level", "2"}}), 1u);
  EXPECT_EQ(broker_.context.metrics().histogram_of("late_seconds").count(0), 1u);
}

TEST_F(DeliveriesTest, make_the_schedules_topic_with_a_queue_for_each_level) {
  const auto topic = broker_.topics.find(kScheduleTopic);
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->read_queues, 18);
  EXPECT_EQ(topic->write_queues, 18);
}

// --- Clocks

TEST_F(DeliveriesTest, are_neither_early_nor_late_when_the_date_leaps_while_a_message_waits) {
  for (const auto leap : {-24h, -1h, 1h, 24h}) {
    SomeBroker broker;
    broker.start();
    broker.send("a", 3);
    broker.advance(3s);
    broker.context.clock().leap(leap);
    broker.send("b", 3);
    broker.advance(7s - 1ms);
    EXPECT_THAT(broker.delivered(), IsEmpty());
    broker.advance(1ms);
    EXPECT_EQ(broker.delivered(), Texts{"a"});
    broker.advance(3s - 1ms);
    EXPECT_EQ(broker.delivered(), Texts{"a"});
    broker.advance(101ms);
    EXPECT_EQ(broker.delivered(), (Texts{"a", "b"}));
    broker.stop();
  }
}

TEST_F(DeliveriesTest, go_by_the_date_for_what_waited_while_the_broker_was_down) {
  broker_.send("a", 3);
  broker_.stop();
  broker_.context.clock().leap(9s);
  broker_.start();
  broker_.advance(1s - 1ms);
  EXPECT_THAT(broker_.delivered(), IsEmpty());
  broker_.advance(1ms);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
}

TEST_F(DeliveriesTest,
       let_a_message_wait_its_delay_at_most_if_the_date_was_set_back_while_the_broker_was_down) {
  broker_.send("a", 3);
  broker_.stop();
  broker_.context.clock().leap(-24h);
  broker_.start();
  broker_.advance(10s - 1ms);
  EXPECT_THAT(broker_.delivered(), IsEmpty());
  broker_.advance(1ms);
  EXPECT_EQ(broker_.delivered(), Texts{"a"});
}

// --- Stops and starts

TEST_F(DeliveriesTest, go_on_after_a_stop_where_they_were) {
  broker_.send("1", 1);
  broker_.advance(1s);
  broker_.send("2", 3);
  broker_.advance(2s);
  broker_.restart();
  broker_.advance(8s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
}

TEST_F(DeliveriesTest, deliver_at_once_what_came_due_while_the_broker_was_down) {
  broker_.send("1", 1);
  broker_.stop();
  broker_.advance(1h);
  broker_.start();
  EXPECT_EQ(broker_.delivered(), Texts{"1"});
}

TEST_F(DeliveriesTest, deliver_nothing_twice_after_a_kill) {
  for (int i = 0; i < 10; ++i) broker_.send(std::to_string(i), 1);
  broker_.advance(500ms);
  for (int i = 10; i < 20; ++i) broker_.send(std::to_string(i), 1);
  broker_.advance(500ms);
  broker_.store.hold = true;  // the next ones are written, and nobody hears of it
  broker_.advance(500ms);
  EXPECT_EQ(broker_.delivered().size(), 20u);
  EXPECT_EQ(broker_.offset(1), 10);
  broker_.kill();
  broker_.store.hold = false;
  broker_.start();
  broker_.advance(1min);
  EXPECT_EQ(broker_.delivered().size(), 20u);
  EXPECT_EQ(broker_.offset(1), 20);
}

TEST_F(DeliveriesTest, deliver_again_what_a_power_cut_took_from_the_log) {
  broker_.send("1", 1);
  broker_.advance(1s);
  const auto end = broker_.store.end();
  broker_.send("2", 1);
  broker_.advance(500ms);
  const auto synced = broker_.store.end();
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
  EXPECT_LT(end, synced);
  broker_.kill();
  broker_.store.lose_from(synced);
  EXPECT_EQ(broker_.delivered(), Texts{"1"});
  broker_.start();
  broker_.advance(1s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
}

TEST_F(DeliveriesTest, deliver_nothing_twice_after_a_start_while_the_stores_disk_was_not_mounted) {
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 1);
  broker_.advance(5s);
  broker_.stop();
  broker_.store.unmount();
  broker_.start();
  broker_.store.put({.body = "other", .topic = "Other"});  // so that somebody looks
  broker_.advance(1min);
  broker_.stop();
  EXPECT_EQ(broker_.offset(1), 3);
  broker_.store.mount();
  broker_.start();
  broker_.advance(1min);
  broker_.send("4", 1);
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2", "3", "4"}));
}

TEST_F(DeliveriesTest, deliver_all_of_another_store_though_they_had_come_further_in_the_one_before) {
  for (const char* body : {"1", "2", "3"}) broker_.send(body, 1);
  broker_.advance(5s);
  broker_.stop();
  broker_.store.unmount();
  broker_.start();
  broker_.advance(1min);
  for (const char* body : {"4", "5"}) broker_.send(body, 1);
  broker_.advance(5s);
  EXPECT_EQ(broker_.delivered(), (Texts{"4", "5"}));
  EXPECT_EQ(broker_.offset(1), 2);
}

TEST_F(DeliveriesTest, take_over_a_store_of_apaches_in_the_middle_of_a_delay) {
  broker_.stop();
  SomeBroker taken;
  for (const char* body : {"1", "2", "3"}) taken.store.put(WaitingMessage{.body = body}.record());
  taken.offsets.reset(api::GroupName::parse(kScheduleGroup).value(),
                      api::TopicName::parse(kScheduleTopic).value(), queue_of(1), {1});
  taken.start();
  taken.advance(1s);
  EXPECT_EQ(taken.delivered(), (Texts{"2", "3"}));
  taken.stop();
}

TEST_F(DeliveriesTest, begin_with_the_first_message_that_is_left_where_nothing_tells_how_far_it_came) {
  broker_.stop();
  SomeBroker taken;
  for (const char* body : {"1", "2"}) taken.store.put(WaitingMessage{.body = body}.record());
  taken.store.remove_before(kScheduleTopic, 0, {1});
  taken.start();
  taken.advance(1s);
  EXPECT_EQ(taken.delivered(), Texts{"2"});
  EXPECT_EQ(taken.dropped("expired"), 0u);
  taken.stop();
}

TEST_F(DeliveriesTest, deliver_levels_that_are_configured_no_more_with_the_last_one_that_is) {
  broker_.send("a", 18);
  broker_.stop();
  SomeBroker fewer({.levels = "1s 5s"});
  fewer.store.put(WaitingMessage{.body = "a", .level = 18}.record());
  fewer.start();
  fewer.advance(5s - 1ms);
  EXPECT_THAT(fewer.delivered(), IsEmpty());
  fewer.advance(1ms);
  EXPECT_EQ(fewer.delivered(), Texts{"a"});
  fewer.stop();
}

TEST_F(DeliveriesTest, wait_in_a_drain_for_what_the_store_still_has_and_begin_nothing) {
  broker_.store.hold = true;
  broker_.send("1", 1);
  broker_.advance(1s);
  broker_.send("2", 2);
  broker_.store.tell_held();  // told, and the job that hears of it has not run yet
  broker_.deliveries->drain();
  broker_.context.executor().drop();
  broker_.deliveries->stop();
  broker_.deliveries->finish();
  broker_.context.settle();
  broker_.deliveries.reset();
  EXPECT_EQ(broker_.offset(1), 1);
  broker_.store.hold = false;
  broker_.start();
  broker_.advance(10s);
  EXPECT_EQ(broker_.delivered(), (Texts{"1", "2"}));
}

TEST_F(DeliveriesTest, are_left_to_the_broker_that_takes_messages) {
  broker_.stop();
  SomeBroker follower;
  follower.context.identity().id = 1;
  follower.start();
  follower.send("a", 1);
  follower.advance(1min);
  EXPECT_THAT(follower.delivered(), IsEmpty());
  follower.stop();
}

}  // namespace
}  // namespace gantry::schedule
