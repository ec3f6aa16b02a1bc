#include "remoting/bodies/consume_stats.h"
#include "remoting/bodies/heartbeat.h"
#include "tests/unit/kernel/some_serving.h"
#include "tests/unit/kernel/some_store.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::MessageQueue;
using remoting::OffsetWrapper;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

struct HandleConsumeStats : testing::Test, SomeServing {
  HandleConsumeStats() {
    extensions.for_plugin(store_plugin)->add(store);
    make_topic("orders", 2);
    make_topic("bills", 1);
    add_consume_stats_handlers(requests, serving);
  }

  void make_topic(const std::string& name, std::int32_t queues) {
    topics.put({.name = api::TopicName::parse(name).value(), .read_queues = queues, .write_queues = 1},
               api::Completion<void>([](auto) {}));
  }
  void commit(const std::string& group, const std::string& topic, std::int32_t queue, std::int64_t offset) {
    offsets.reset(api::GroupName::parse(group).value(), api::TopicName::parse(topic).value(),
                  api::QueueId{queue}, {offset});
  }
  void subscribe(const std::string& group, const std::string& topic) {
    clients.heard(
        b, {.id = "c"},
        {.client_id = "c",
         .consumer_data_set = {{.group_name = group, .subscription_data_set = {{.topic = topic}}}}});
  }
  std::map<MessageQueue, OffsetWrapper> stats(const std::string& group, const std::string& topic = "") {
    auto answer = a.ask(requests, {.code = RequestCode::get_consume_stats,
                                   .fields = {{"consumerGroup", group}, {"topic", topic}}});
    EXPECT_EQ(answer.code, ResponseCode::success);
    remoting::ConsumeStats read;
    EXPECT_TRUE(read_json(answer.body, read));
    return read.offset_table;
  }
  Answered clone(const std::string& from, const std::string& to, AskingConnection::Fields more = {}) {
    more.insert(more.end(), {{"srcGroup", from}, {"destGroup", to}});
    return a.ask(requests, {.code = RequestCode::clone_group_offset, .fields = more});
  }
  static MessageQueue queue(const std::string& topic, std::int32_t id) { return {topic, "broker-a", id}; }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  SomeStore store;
  AskingConnection a{1}, b{2};
};

TEST_F(HandleConsumeStats, tells_of_each_queue_how_far_it_goes_how_far_the_group_has_come_and_up_to_when) {
  for (const std::int64_t ms : {100, 200, 300}) store.add({.queue = 0, .stored_at = ms});
  store.add({.queue = 1, .stored_at = 400});
  commit("g", "orders", 0, 2);
  for (const bool later : {false, true}) {
    store.answers_later = later;
    EXPECT_THAT(stats("g"), ElementsAre(Pair(queue("orders", 0), OffsetWrapper{3, 2, 200}),
                                        Pair(queue("orders", 1), OffsetWrapper{1, 0, 0})));
  }
}

TEST_F(HandleConsumeStats, knows_no_time_of_a_message_that_is_gone_or_cannot_be_read) {
  for (const std::int64_t ms : {100, 200, 300}) store.add({.topic = "bills", .stored_at = ms});
  commit("g", "bills", 0, 1);
  store.take_away("bills", 0, 1);
  EXPECT_THAT(stats("g"), ElementsAre(Pair(queue("bills", 0), OffsetWrapper{3, 1, 0})));
  commit("g", "bills", 0, 2);
  store.why_not = "bad sector";
  EXPECT_THAT(stats("g"), ElementsAre(Pair(queue("bills", 0), OffsetWrapper{3, 2, 0})));
}

TEST_F(HandleConsumeStats, tells_of_the_topic_that_was_asked_for_also_before_anything_was_consumed) {
  commit("g", "orders", 0, 0);
  EXPECT_THAT(stats("g", "bills"), ElementsAre(Pair(queue("bills", 0), OffsetWrapper{})));
  EXPECT_THAT(stats("nobody"), IsEmpty());
}

TEST_F(HandleConsumeStats, leaves_out_topics_that_are_gone_and_that_the_group_does_not_want_any_more) {
  commit("g", "bills", 0, 1);
  commit("g", "gone", 0, 1);
  EXPECT_EQ(stats("g").size(), 1u);
  subscribe("g", "orders");
  EXPECT_THAT(stats("g"), IsEmpty());
  EXPECT_THAT(stats("g", "bills"), IsEmpty());
  EXPECT_EQ(stats("g", "orders").size(), 2u);
}

TEST_F(HandleConsumeStats, writes_the_body_as_java_reads_it) {
  commit("g", "bills", 0, 1);
  const auto answer =
      a.ask(requests, {.code = RequestCode::get_consume_stats, .fields = {{"consumerGroup", "g"}}});
  EXPECT_EQ(answer.body,
            R"({"consumeTps":0.0,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"bills"}:)"
            R"({"brokerOffset":0,"consumerOffset":1,"lastTimestamp":0}}})");
}

TEST_F(HandleConsumeStats, says_that_nothing_is_kept_here) {
  extensions.remove(store_plugin);
  const auto answer =
      a.ask(requests, {.code = RequestCode::get_consume_stats, .fields = {{"consumerGroup", "g"}}});
  EXPECT_EQ(answer.code, ResponseCode::service_not_available);
}

TEST_F(HandleConsumeStats, sets_a_group_to_where_another_stands) {
  commit("g", "orders", 0, 5);
  commit("g", "orders", 1, 6);
  commit("g", "bills", 0, 7);
  commit("g", "gone", 0, 8);
  commit("h", "orders", 0, 9);
  EXPECT_EQ(clone("g", "h", {{"topic", "orders"}}).code, ResponseCode::success);
  EXPECT_THAT(offsets.committed("h", "orders"), ElementsAre(Pair(api::QueueId{0}, api::QueueOffset{5}),
                                                            Pair(api::QueueId{1}, api::QueueOffset{6})));
  EXPECT_THAT(offsets.committed("h", "bills"), IsEmpty());
  clone("g", "h");
  EXPECT_EQ(offsets.committed("h", "bills", api::QueueId{0}), api::QueueOffset{7});
  EXPECT_THAT(offsets.committed("h", "gone"), IsEmpty());
}

TEST_F(HandleConsumeStats, leaves_topics_alone_that_the_source_does_not_want_any_more_unless_told_otherwise) {
  commit("g", "bills", 0, 7);
  subscribe("g", "orders");
  clone("g", "h");
  EXPECT_THAT(offsets.committed("h", "bills"), IsEmpty());
  clone("g", "h", {{"offline", "true"}});
  EXPECT_EQ(offsets.committed("h", "bills", api::QueueId{0}), api::QueueOffset{7});
  EXPECT_THAT(clone("g", "../h").remark, HasSubstr("../h"));
}

}  // namespace
}  // namespace gantry::kernel
