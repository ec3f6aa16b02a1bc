#include "remoting/bodies/heartbeat.h"
#include "remoting/bodies/topic_config.h"
#include "tests/unit/kernel/held_topics.h"
#include "tests/unit/kernel/some_serving.h"
#include "tests/unit/kernel/some_store.h"

#include <functional>
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
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

api::TopicName topic_named(std::string_view name) {
  return api::TopicName::parse(name).value();
}
api::GroupName group_named(std::string_view name) {
  return api::GroupName::parse(name).value();
}

struct HandleTopics : testing::Test, SomeServing {
  HandleTopics() {
    config.cluster = "c1";
    config.broker_name = "broker-a";
    add_topic_handlers(requests, serving);
    put({.name = topic_named("orders"), .read_queues = 4, .write_queues = 2});
  }

  void put(const api::Topic& topic) { topics.put(topic, HeldTopics::nobody()); }
  Answered ask(RequestCode code, AskingConnection::Fields fields = {}) {
    return admin.ask(requests, {.code = code, .fields = std::move(fields)});
  }
  Answered about(RequestCode code, std::string topic) { return ask(code, {{"topic", std::move(topic)}}); }
  Answered create(AskingConnection::Fields changed = {}) {
    AskingConnection::Fields fields{{"topic", "invoices"},   {"defaultTopic", "TBW102"},
                                    {"readQueueNums", "16"}, {"writeQueueNums", "12"},
                                    {"perm", "4"},           {"topicFilterType", "MULTI_TAG"},
                                    {"topicSysFlag", "3"},   {"order", "true"}};
    for (auto& [name, value] : changed)
      for (auto& [field, old] : fields)
        if (field == name) old = value;
    return ask(RequestCode::update_and_create_topic, fields);
  }
  void connect(AskingConnection& from, const std::string& group, const std::string& topic) {
    clients.heard(from, {.id = group + "-1"},
                  {.client_id = group + "-1",
                   .consumer_data_set = {{.group_name = group,
                                          .subscription_data_set = {{.sub_string = "*", .topic = topic}}}}});
  }

  BrokerConfig& config = serving.config;
  AskingConnection admin{1};
};

// Remarks are sentences in UTF-8, whatever clients call their topics.
TEST_F(HandleTopics, quotes_a_name_that_cannot_be_one) {
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "bills").remark, "topic[bills] not exist");
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "\xc9\x01").remark, R"(topic["\xc9\x01"] not exist)");
}

TEST_F(HandleTopics, makes_a_topic_as_it_is_asked_and_changes_it) {
  EXPECT_EQ(create().code, ResponseCode::success);
  EXPECT_EQ(*topics.find("invoices"), (api::Topic{.name = topic_named("invoices"),
                                                  .read_queues = 16,
                                                  .write_queues = 12,
                                                  .perm = 4,
                                                  .order = true,
                                                  .sys_flag = 3,
                                                  .multi_tag = true}));
  EXPECT_EQ(create({{"perm", "6"}, {"topicFilterType", "SINGLE_TAG"}}).code, ResponseCode::success);
  EXPECT_EQ(topics.find("invoices")->perm, 6);
  EXPECT_FALSE(topics.find("invoices")->multi_tag);
  EXPECT_EQ(log.wait_for("topic set")->field("by"), "10.9.9.9:1");
}

TEST_F(HandleTopics, writes_nothing_when_nothing_changes) {
  create();
  const auto version = topics.version();
  EXPECT_EQ(create().code, ResponseCode::success);
  EXPECT_EQ(topics.version(), version);
}

TEST_F(HandleTopics, makes_no_topic_that_can_be_none) {
  const auto text = [](const Answered& answered) {
    EXPECT_EQ(answered.code, ResponseCode::system_error);
    return answered.remark;
  };
  EXPECT_THAT(text(create({{"topic", "a.b"}})), HasSubstr("\"a.b\""));
  EXPECT_EQ(text(create({{"topic", "TBW102"}})), "The topic[TBW102] is conflict with system topic.");
  EXPECT_EQ(text(create({{"topic", "c1"}})), "The topic[c1] is conflict with system topic.");
  EXPECT_THAT(text(create({{"topicFilterType", "SOME_TAG"}})), HasSubstr("SINGLE_TAG or MULTI_TAG"));
  config.max_topic_queues = 15;
  EXPECT_EQ(text(create()), "topic invoices cannot have 16 queues: 15 are allowed (max_topic_queues)");
  config.max_topic_queues = 11;
  EXPECT_THAT(text(create({{"readQueueNums", "1"}})), HasSubstr("cannot have 12 queues"));
  EXPECT_THAT(text(create({{"perm", "8"}})), HasSubstr("perm"));
  EXPECT_EQ(topics.all().size(), 1U);
}

TEST_F(HandleTopics, makes_no_more_topics_than_are_allowed_and_changes_those_all_the_same) {
  for (int i = 0; i < 8; ++i) put({.name = topic_named("t" + std::to_string(i))});
  EXPECT_EQ(create().code, ResponseCode::success);
  EXPECT_EQ(create({{"topic", "another"}}).remark,
            "topic another cannot be made: this broker has 10 topics, and 10 are allowed (max_topics)");
  EXPECT_EQ(create({{"perm", "6"}}).code, ResponseCode::success);
}

TEST_F(HandleTopics, leaves_the_topics_of_a_slave_to_its_master) {
  identity.id = 1;
  const std::string why =
      "Can't modify topic or subscription group from slave broker, please execute it from master broker.";
  EXPECT_EQ(create().remark, why);
  EXPECT_EQ(about(RequestCode::delete_topic_in_broker, "orders").remark, why);
  EXPECT_TRUE(topics.find("orders"));
}

TEST_F(HandleTopics, lists_all_with_their_version) {
  EXPECT_EQ(ask(RequestCode::get_all_topic_config).body,
            R"({"dataVersion":{"counter":1,"timestamp":1700},"topicConfigTable":{"orders":{"order":false,)"
            R"("perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"orders",)"
            R"("topicSysFlag":0,"writeQueueNums":2}}})");
}

TEST_F(HandleTopics, shows_one) {
  EXPECT_EQ(
      about(RequestCode::get_topic_config, "orders").body,
      R"({"order":false,"perm":6,"readQueueNums":4,"topicFilterType":"SINGLE_TAG","topicName":"orders",)"
      R"("topicSysFlag":0,"writeQueueNums":2})");
  const auto none = about(RequestCode::get_topic_config, "invoices");
  EXPECT_EQ(none.code, ResponseCode::topic_not_exist);
  EXPECT_EQ(none.remark, "No topic in this broker. topic: invoices");
}

TEST_F(HandleTopics, lists_those_of_the_system) {
  EXPECT_THAT(ask(RequestCode::get_system_topic_list_from_broker).body,
              AllOf(HasSubstr("\"TBW102\""), HasSubstr("\"c1_REPLY_TOPIC\""), HasSubstr("\"broker-a\"")));
}

TEST_F(HandleTopics, tells_who_subscribes_and_who_has_consumed) {
  AskingConnection online{2}, elsewhere{3};
  connect(online, "online", "orders");
  connect(elsewhere, "elsewhere", "invoices");
  offsets.commit(group_named("before"), topic_named("orders"), api::QueueId{0}, {3});
  offsets.commit(group_named("online"), topic_named("orders"), api::QueueId{0}, {3});
  offsets.commit(group_named("other"), topic_named("invoices"), api::QueueId{0}, {3});
  EXPECT_EQ(about(RequestCode::query_topic_consume_by_who, "orders").body,
            R"({"groupList":["before","online"]})");
  EXPECT_EQ(about(RequestCode::query_topic_consume_by_who, "nothing").body, R"({"groupList":[]})");
}

struct TopicStats : HandleTopics {
  TopicStats() { extensions.for_plugin(boundary)->add(store); }

  SomeStore store;
};

TEST_F(TopicStats, say_what_the_write_queues_hold_and_since_when) {
  for (const std::int64_t ms : {1000, 2000, 3000})
    store.add({.topic = "orders", .queue = 1, .stored_at = ms});
  store.add({.topic = "orders", .queue = 3});
  store.take_away("orders", 1, 2);
  const std::string expected = R"({"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"orders"}:)"
                               R"({"lastUpdateTimestamp":0,"maxOffset":0,"minOffset":0},)"
                               R"({"brokerName":"broker-a","queueId":1,"topic":"orders"}:)"
                               R"({"lastUpdateTimestamp":3000,"maxOffset":3,"minOffset":2}}})";
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "orders").body, expected);
  store.answers_later = true;
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "orders").body, expected);
}

TEST_F(TopicStats, need_no_times) {
  store.add({.topic = "orders"});
  store.why_not = "a bad sector";
  EXPECT_THAT(about(RequestCode::get_topic_stats_info, "orders").body,
              HasSubstr(R"("lastUpdateTimestamp":0,"maxOffset":1)"));
  put({.name = topic_named("closed"), .write_queues = 0});
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "closed").body, R"({"offsetTable":{}})");
}

TEST_F(TopicStats, are_none_of_a_topic_that_is_not_there) {
  const auto none = about(RequestCode::get_topic_stats_info, "invoices");
  EXPECT_EQ(none.code, ResponseCode::topic_not_exist);
  EXPECT_EQ(none.remark, "topic[invoices] not exist");
}

TEST_F(HandleTopics, has_no_stats_without_a_store) {
  EXPECT_EQ(about(RequestCode::get_topic_stats_info, "orders").code, ResponseCode::service_not_available);
}

struct RemovingStore final : FakeStore {
  void remove_topic(std::string_view topic, api::Completion<void> done) override {
    during(topic);
    if (why_not.empty())
      done.succeed();
    else
      done.fail({.text = why_not});
  }

  std::function<void(std::string_view)> during = [](std::string_view) {};
  std::string why_not;
};

struct DeletingTopics : HandleTopics {
  DeletingTopics() {
    extensions.for_plugin(boundary)->add(store);
    offsets.commit(group_named("g"), topic_named("orders"), api::QueueId{0}, {3});
    store.during = [this](std::string_view topic) {
      steps.push_back("queues of " + std::string(topic) + (topics.find("orders") ? ", still sent to" : ""));
    };
    save = [this](api::Completion<void> done) {
      steps.push_back(offsets.groups_of("orders").empty() ? "offsets" : "no offsets");
      done.succeed();
    };
  }
  Answered remove(std::string topic = "orders") {
    return about(RequestCode::delete_topic_in_broker, std::move(topic));
  }

  RemovingStore store;
  std::vector<std::string> steps;
};

TEST_F(DeletingTopics, takes_it_from_senders_then_its_queues_and_then_its_offsets) {
  EXPECT_EQ(remove().code, ResponseCode::success);
  EXPECT_FALSE(topics.find("orders"));
  EXPECT_THAT(steps, ElementsAre("queues of orders", "offsets"));
  EXPECT_EQ(log.wait_for("topic deleted")->field("name"), "orders");
}

TEST_F(DeletingTopics, goes_all_the_way_for_one_that_was_left_half_deleted) {
  topics.remove(topic_named("orders"), HeldTopics::nobody());
  EXPECT_EQ(remove().code, ResponseCode::success);
  EXPECT_THAT(steps, ElementsAre("queues of orders", "offsets"));
}

TEST_F(DeletingTopics, says_when_it_cannot_and_can_be_asked_again) {
  store.why_not = "the disk is gone";
  const auto failed = remove();
  EXPECT_EQ(failed.code, ResponseCode::system_error);
  EXPECT_EQ(failed.remark, "topic orders is not deleted: the disk is gone");
  EXPECT_EQ(offsets.groups_of("orders").size(), 1U);
  store.why_not.clear();
  save = [](api::Completion<void> done) { done.fail({.text = "no space"}); };
  EXPECT_EQ(remove().remark, "topic orders is not deleted: no space");
  save = [](api::Completion<void> done) { done.succeed(); };
  EXPECT_EQ(remove().code, ResponseCode::success);
}

TEST_F(DeletingTopics, refuses_the_systems_own_and_what_is_no_topic) {
  EXPECT_EQ(remove("BenchmarkTest").remark, "The topic[BenchmarkTest] is conflict with system topic.");
  EXPECT_EQ(remove("a/b").code, ResponseCode::system_error);
  EXPECT_TRUE(steps.empty());
}

// Or its messages would go with those of the old one.
TEST_F(DeletingTopics, lets_nobody_make_it_anew_before_it_is_gone) {
  put({.name = topic_named("TBW102"), .perm = 7});
  bool made = false;
  store.during = [&](std::string_view) {
    topic_maker.make("orders", "TBW102", 1, [&](const auto& outcome) {
      made = true;
      EXPECT_TRUE(outcome);
      EXPECT_TRUE(offsets.groups_of("orders").empty());
    });
    EXPECT_FALSE(made);
  };
  EXPECT_EQ(remove().code, ResponseCode::success);
  EXPECT_TRUE(made);
  EXPECT_EQ(topics.find("orders")->write_queues, 1);
}

TEST_F(HandleTopics, deletes_one_of_a_broker_that_keeps_no_messages) {
  EXPECT_EQ(about(RequestCode::delete_topic_in_broker, "orders").code, ResponseCode::success);
  EXPECT_FALSE(topics.find("orders"));
}

}  // namespace
}  // namespace gantry::kernel
