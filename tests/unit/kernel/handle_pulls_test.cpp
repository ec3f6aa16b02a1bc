#include "remoting/bodies/heartbeat.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/some_serving.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr int kCommits = 1, kWaits = 2, kSubscribes = 4;

struct HandlePulls : testing::Test, WithStore, SomeServing {
  HandlePulls() {
    extensions.for_plugin(store_plugin)->add(static_cast<api::MessageStore&>(store));
    put_topic("T", 6);
    add_pull_handlers(requests, serving);
    parked.watch(store);
  }
  void put_topic(const std::string& name, std::int32_t perm) {
    topics.put(
        {.name = api::TopicName::parse(name).value(), .read_queues = 2, .write_queues = 2, .perm = perm},
        api::Completion<void>([](const auto&) {}));
  }

  struct Pull {
    std::string topic = "T";
    int queue = 0;
    int from = 0;
    int flags = kSubscribes;
    std::string subscription = "*";
    int most = 32;
    std::string type = "TAG";
    int version = 0;
    RequestCode code = RequestCode::pull_message;
  };
  static AskingConnection::Question question(const Pull& pull) {
    return {.code = pull.code,
            .fields = {{"consumerGroup", "g"},
                       {"topic", pull.topic},
                       {"queueId", std::to_string(pull.queue)},
                       {"queueOffset", std::to_string(pull.from)},
                       {"maxMsgNums", std::to_string(pull.most)},
                       {"sysFlag", std::to_string(pull.flags)},
                       {"commitOffset", "5"},
                       {"suspendTimeoutMillis", "15000"},
                       {"subscription", pull.subscription},
                       {"subVersion", std::to_string(pull.version)},
                       {"expressionType", pull.type}}};
  }
  Answered pulls(const Pull& pull) { return a.ask(requests, question(pull)); }
  void begins(const Pull& pull) { a.begin(requests, question(pull)); }

  void stores(const std::string& body, const std::string& tag = "A") {
    store.append_one("T", body, "TAGS\x01" + tag);
  }
  static std::vector<std::string> bodies(const Answered& answer) {
    std::vector<std::string> all;
    remoting::RecordWalker walker(answer.body);
    while (const auto record = walker.next()) all.emplace_back(record->body());
    return all;
  }
  void heartbeat(const std::string& expression, std::int64_t version = 1,
                 remoting::MessageModel model = remoting::MessageModel::clustering) {
    remoting::HeartbeatData said{.client_id = "c"};
    said.consumer_data_set = {
        {.group_name = "g",
         .message_model = model,
         .subscription_data_set = {{.sub_string = expression, .sub_version = version, .topic = "T"}}}};
    clients.heard(a, {.id = "c"}, said);
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  AskingConnection a{1};
};

TEST_F(HandlePulls, answers_with_messages_from_where_they_lie_and_where_to_go_on) {
  stores("one");
  stores("two");
  stores("three");
  const auto answer = pulls({.from = 1, .most = 1});
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(answer.remark, "FOUND");
  EXPECT_THAT(bodies(answer), ElementsAre("two"));
  EXPECT_TRUE(answer.pinned);
  EXPECT_EQ(answer.fields.at("nextBeginOffset"), "2");
  EXPECT_EQ(answer.fields.at("minOffset"), "0");
  EXPECT_EQ(answer.fields.at("maxOffset"), "3");
  EXPECT_EQ(answer.fields.at("suggestWhichBrokerId"), "0");
  EXPECT_THAT(bodies(pulls({.code = RequestCode::lite_pull_message})), ElementsAre("one", "two", "three"));
}

TEST_F(HandlePulls, filters_by_the_tags_of_the_request) {
  stores("one", "A");
  stores("two", "B");
  EXPECT_THAT(bodies(pulls({.subscription = "B || C"})), ElementsAre("two"));
  const auto none = pulls({.subscription = "C"});
  EXPECT_EQ(none.code, ResponseCode::pull_retry_immediately);
  EXPECT_EQ(none.fields.at("nextBeginOffset"), "2");
}

TEST_F(HandlePulls, filters_by_what_its_group_has_said_where_the_request_says_nothing) {
  stores("one", "A");
  stores("two", "B");
  EXPECT_EQ(pulls({.flags = 0}).code, ResponseCode::subscription_not_exist);
  heartbeat("B");
  EXPECT_THAT(bodies(pulls({.flags = 0, .subscription = ""})), ElementsAre("two"));
  EXPECT_EQ(pulls({.flags = 0, .version = 2}).code, ResponseCode::subscription_not_latest);
  put_topic("U", 6);
  EXPECT_THAT(pulls({.topic = "U", .flags = 0}).remark, HasSubstr("subscription not exist"));
}

TEST_F(HandlePulls, says_where_a_queue_begins_and_ends_to_who_is_elsewhere) {
  for (int i = 0; i < 4; ++i) stores("x");
  store.take_away("T", 0, 2);
  const auto before = pulls({.from = 1});
  EXPECT_EQ(before.code, ResponseCode::pull_offset_moved);
  EXPECT_EQ(before.fields.at("minOffset"), "2");
  EXPECT_EQ(pulls({.from = 5}).code, ResponseCode::pull_offset_moved);
  EXPECT_EQ(pulls({.from = 4}).code, ResponseCode::pull_not_found);
  EXPECT_EQ(pulls({.queue = 1, .from = 0}).code, ResponseCode::pull_not_found);
  EXPECT_EQ(pulls({.queue = 1, .from = 3}).code, ResponseCode::pull_offset_moved);
}

TEST_F(HandlePulls, refuses_what_cannot_be_pulled_and_says_why) {
  EXPECT_EQ(pulls({.topic = "none"}).code, ResponseCode::topic_not_exist);
  EXPECT_EQ(pulls({.queue = 2}).code, ResponseCode::system_error);
  EXPECT_THAT(pulls({.queue = 2}).remark, HasSubstr("queueId[2] is illegal"));
  EXPECT_EQ(pulls({.type = "SQL92"}).code, ResponseCode::system_error);
  put_topic("W", 2);
  EXPECT_EQ(pulls({.topic = "W"}).code, ResponseCode::no_permission);
  groups.put({.name = api::GroupName::parse("g").value(), .consume_enabled = false},
             api::Completion<void>([](const auto&) {}));
  EXPECT_EQ(pulls({}).code, ResponseCode::no_permission);
  groups.put({.name = api::GroupName::parse("g").value(), .broadcast_enabled = false},
             api::Completion<void>([](const auto&) {}));
  heartbeat("*", 1, remoting::MessageModel::broadcasting);
  EXPECT_THAT(pulls({.flags = 0}).remark, HasSubstr("broadcast"));
  EXPECT_EQ(pulls({}).code, ResponseCode::pull_not_found);
}

TEST_F(HandlePulls, makes_the_group_that_pulls_unless_that_is_not_wanted) {
  pulls({});
  EXPECT_TRUE(groups.find("g"));
  groups.remove(api::GroupName::parse("g").value(), api::Completion<void>([](const auto&) {}));
  serving.config.auto_create_groups = false;
  EXPECT_EQ(pulls({}).code, ResponseCode::subscription_group_not_exist);
}

TEST_F(HandlePulls, commits_the_offset_that_a_pull_brings) {
  for (int i = 0; i < 5; ++i) stores("x");
  pulls({.flags = kSubscribes});
  EXPECT_FALSE(offsets.committed("g", "T", api::QueueId{0}));
  pulls({.flags = kSubscribes | kCommits});
  EXPECT_EQ(offsets.committed("g", "T", api::QueueId{0}), api::QueueOffset{5});
}

TEST_F(HandlePulls, waits_for_messages_and_answers_with_them) {
  begins({.flags = kSubscribes | kWaits});
  EXPECT_EQ(a.answers(), 0U);
  stores("late");
  EXPECT_THAT(bodies(a.answered()), ElementsAre("late"));
  EXPECT_EQ(parked.count(), 0U);
}

TEST_F(HandlePulls, waits_no_longer_than_the_request_says) {
  begins({.flags = kSubscribes | kWaits});
  background.advance(14'900ms);
  EXPECT_EQ(a.answers(), 0U);
  background.advance(300ms);
  EXPECT_EQ(a.answered().code, ResponseCode::pull_not_found);
}

TEST_F(HandlePulls, waits_on_when_what_came_does_not_match_and_passes_it_over) {
  begins({.flags = kSubscribes | kWaits, .subscription = "B"});
  stores("one", "A");
  stores("two", "A");
  EXPECT_EQ(a.answers(), 0U);
  stores("three", "B");
  const auto answer = a.answered();
  EXPECT_THAT(bodies(answer), ElementsAre("three"));
  EXPECT_EQ(answer.fields.at("nextBeginOffset"), "3");

  begins({.from = 3, .flags = kSubscribes | kWaits, .subscription = "B"});
  stores("four", "A");
  background.advance(16s);
  const auto passed = a.answered();
  EXPECT_EQ(passed.code, ResponseCode::pull_retry_immediately);
  EXPECT_EQ(passed.fields.at("nextBeginOffset"), "4");
}

TEST_F(HandlePulls, does_not_wait_where_the_offset_is_wrong_or_nothing_matches_yet) {
  stores("one", "A");
  EXPECT_EQ(pulls({.from = 7, .flags = kSubscribes | kWaits}).code, ResponseCode::pull_offset_moved);
  EXPECT_EQ(pulls({.flags = kSubscribes | kWaits, .subscription = "B"}).code,
            ResponseCode::pull_retry_immediately);
}

TEST_F(HandlePulls, waits_shortly_while_long_polling_is_off) {
  serving.config.long_polling = false;
  begins({.flags = kSubscribes | kWaits});
  background.advance(1200ms);
  EXPECT_EQ(a.answered().code, ResponseCode::pull_not_found);
}

TEST_F(HandlePulls, answers_who_waits_when_the_broker_stops_and_forgets_who_is_gone) {
  begins({.flags = kSubscribes | kWaits});
  parked.stop();
  EXPECT_EQ(a.answered().code, ResponseCode::pull_not_found);
}

TEST_F(HandlePulls, forgets_who_waited_and_is_gone) {
  begins({.flags = kSubscribes | kWaits});
  requests.on_closed(a);
  EXPECT_EQ(parked.count(), 0U);
}

TEST_F(HandlePulls, sends_who_reads_what_is_no_longer_in_memory_to_a_slave_where_that_is_wanted) {
  stores("old");
  store.cold = true;
  EXPECT_EQ(pulls({}).fields.at("suggestWhichBrokerId"), "0");
  serving.config.slave_reads = true;
  EXPECT_EQ(pulls({}).fields.at("suggestWhichBrokerId"), "1");
}

TEST_F(HandlePulls, hands_on_why_the_store_cannot_read) {
  store.why_not = "a bad sector";
  EXPECT_EQ(pulls({}).remark, "a bad sector");
}

TEST_F(HandlePulls, answers_from_another_thread_when_the_store_does) {
  stores("cold");
  store.answers_later = true;
  EXPECT_THAT(bodies(pulls({})), ElementsAre("cold"));
}

}  // namespace
}  // namespace gantry::kernel
