#include "remoting/bodies/heartbeat.h"
#include "tests/unit/kernel/some_serving.h"

#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

struct HandleGroups : testing::Test, SomeServing {
  HandleGroups() { add_group_handlers(requests, serving); }

  static api::GroupName group_called(std::string_view name) { return api::GroupName::parse(name).value(); }
  void commit(std::string_view group, std::string_view topic, std::int32_t queue, std::int64_t next) {
    offsets.commit(group_called(group), api::TopicName::parse(topic).value(), api::QueueId{queue}, {next});
  }
  Answered ask(RequestCode code, AskingConnection::Fields fields = {}, std::string body = {}) {
    return admin.ask(requests, {.code = code, .fields = std::move(fields), .body = std::move(body)});
  }
  Answered set(std::string body) {
    return ask(RequestCode::update_and_create_subscriptiongroup, {}, std::move(body));
  }
  Answered remove(std::string group, AskingConnection::Fields more = {}) {
    more.emplace_back("groupName", std::move(group));
    return ask(RequestCode::delete_subscriptiongroup, std::move(more));
  }
  void connect(AskingConnection& from) {
    remoting::ConsumerData consumer{
        .consume_from_where = remoting::ConsumeFromWhere::first_offset,
        .consume_type = remoting::ConsumeType::passively,
        .group_name = "g",
        .message_model = remoting::MessageModel::clustering,
        .subscription_data_set = {{.sub_string = "TagA", .sub_version = 7, .topic = "orders"}}};
    clients.heard(
        from,
        {.id = "c-1",
         .address = std::string(from.peer()),
         .language = remoting::Language::java,
         .version = 409},
        {.client_id = "c-1", .consumer_data_set = {consumer}, .producer_data_set = {{.group_name = "p"}}});
  }

  AskingConnection admin{1};
};

TEST_F(HandleGroups, sets_a_group_as_it_is_asked) {
  EXPECT_EQ(
      set(R"({"groupName":"g","consumeEnable":false,"consumeBroadcastEnable":false,"retryQueueNums":3,)"
          R"("retryMaxTimes":5,"whichBrokerWhenConsumeSlowly":2,"notifyConsumerIdsChangedEnable":false})")
          .code,
      ResponseCode::success);
  EXPECT_EQ(*groups.find("g"), (api::Group{.name = group_called("g"),
                                           .consume_enabled = false,
                                           .broadcast_enabled = false,
                                           .retry_queues = 3,
                                           .retry_max = 5,
                                           .broker_when_slow = 2,
                                           .tell_members = false}));
  const auto version = groups.version();
  EXPECT_EQ(set(R"({"groupName":"g"})").code, ResponseCode::success);
  EXPECT_EQ(*groups.find("g"), (api::Group{.name = group_called("g")}));
  EXPECT_EQ(groups.version().counter, version.counter + 1);
  EXPECT_EQ(set(R"({"groupName":"g"})").code, ResponseCode::success);
  EXPECT_EQ(groups.version().counter, version.counter + 1);
}

TEST_F(HandleGroups, makes_no_group_that_can_be_none) {
  EXPECT_THAT(set("{").remark, HasSubstr("consumer group: "));
  EXPECT_THAT(set(R"({"groupName":"../g"})").remark, HasSubstr("\"../g\""));
  EXPECT_EQ(set(R"({"groupName":"g","retryQueueNums":-1})").remark,
            "group g cannot have -1 retry queues: 0 to 16384 are allowed (max_topic_queues)");
  EXPECT_EQ(set(R"({"groupName":"g","retryQueueNums":16385})").code, ResponseCode::system_error);
  EXPECT_TRUE(groups.all().empty());
}

TEST_F(HandleGroups, makes_no_more_groups_than_are_allowed_and_changes_those_all_the_same) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(set(R"({"groupName":"g)" + std::to_string(i) + "\"}").code, ResponseCode::success);
  EXPECT_EQ(set(R"({"groupName":"another"})").remark,
            "group another cannot be made: this broker has 10 groups, and 10 are allowed (max_groups)");
  EXPECT_EQ(set(R"({"groupName":"g9","retryQueueNums":3})").code, ResponseCode::success);
  EXPECT_EQ(groups.find("g9")->retry_queues, 3);
  EXPECT_EQ(remove("g0").code, ResponseCode::success);
  EXPECT_EQ(set(R"({"groupName":"another"})").code, ResponseCode::success);
}

TEST_F(HandleGroups, leaves_the_groups_of_a_slave_to_its_master) {
  set(R"({"groupName":"g"})");
  identity.id = 1;
  EXPECT_THAT(set(R"({"groupName":"h"})").remark, HasSubstr("from slave broker"));
  EXPECT_THAT(remove("g").remark, HasSubstr("from slave broker"));
  EXPECT_TRUE(groups.find("g"));
}

TEST_F(HandleGroups, lists_all_with_their_version) {
  set(R"({"groupName":"g"})");
  EXPECT_EQ(
      ask(RequestCode::get_all_subscriptiongroup_config).body,
      R"({"dataVersion":{"counter":1,"timestamp":1700},"subscriptionGroupTable":{"g":{"brokerId":0,)"
      R"("consumeBroadcastEnable":true,"consumeEnable":true,"consumeFromMinEnable":true,"groupName":"g",)"
      R"("notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,)"
      R"("whichBrokerWhenConsumeSlowly":1}}})");
}

TEST_F(HandleGroups, lists_all_offsets_but_those_of_delayed_delivery) {
  commit("g", "orders", 0, 3);
  commit("g", "orders", 2, 5);
  commit("h", "orders", 0, 9);
  commit("SCHEDULE_CONSUMER", "SCHEDULE_TOPIC_XXXX", 1, 4);
  EXPECT_EQ(ask(RequestCode::get_all_consumer_offset).body,
            R"({"offsetTable":{"orders@g":{0:3,2:5},"orders@h":{0:9}}})");
}

TEST_F(HandleGroups, deletes_a_group_and_leaves_its_offsets) {
  set(R"({"groupName":"g"})");
  commit("g", "orders", 0, 3);
  EXPECT_EQ(remove("g").code, ResponseCode::success);
  EXPECT_FALSE(groups.find("g"));
  EXPECT_EQ(offsets.topics_of("g").size(), 1U);
  EXPECT_EQ(remove("g", {{"removeOffset", "false"}}).code, ResponseCode::success);
  EXPECT_EQ(offsets.topics_of("g").size(), 1U);
}

TEST_F(HandleGroups, deletes_its_offsets_too_and_says_so_once_that_is_on_disk) {
  set(R"({"groupName":"g"})");
  commit("g", "orders", 0, 3);
  commit("h", "orders", 0, 3);
  bool gone_when_saved = false;
  save = [&](api::Completion<void> done) {
    gone_when_saved = offsets.topics_of("g").empty();
    done.fail({.text = "no space"});
  };
  EXPECT_EQ(remove("g", {{"removeOffset", "true"}}).remark, "no space");
  EXPECT_TRUE(gone_when_saved);
  save = [](api::Completion<void> done) { done.succeed(); };
  EXPECT_EQ(remove("g", {{"removeOffset", "true"}}).code, ResponseCode::success);
  EXPECT_EQ(offsets.topics_of("h").size(), 1U);
  EXPECT_THAT(remove("a/b").remark, HasSubstr("\"a/b\""));
}

TEST_F(HandleGroups, shows_the_consumers_that_are_connected) {
  AskingConnection consumer{2};
  connect(consumer);
  EXPECT_EQ(ask(RequestCode::get_consumer_connection_list, {{"consumerGroup", "g"}}).body,
            R"({"connectionSet":[{"clientAddr":"10.9.9.9:2","clientId":"c-1","language":"JAVA",)"
            R"("version":409}],"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",)"
            R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{"orders":)"
            R"({"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"TagA",)"
            R"("subVersion":7,"tagsSet":[],"topic":"orders"}}})");
  const auto nobody = ask(RequestCode::get_consumer_connection_list, {{"consumerGroup", "h"}});
  EXPECT_EQ(nobody.code, ResponseCode::consumer_not_online);
  EXPECT_EQ(nobody.remark, "the consumer group[h] not online");
}

TEST_F(HandleGroups, shows_the_producers_that_are_connected) {
  AskingConnection producer{2};
  connect(producer);
  EXPECT_EQ(
      ask(RequestCode::get_producer_connection_list, {{"producerGroup", "p"}}).body,
      R"({"connectionSet":[{"clientAddr":"10.9.9.9:2","clientId":"c-1","language":"JAVA","version":409}]})");
  const auto nobody = ask(RequestCode::get_producer_connection_list, {{"producerGroup", "g"}});
  EXPECT_EQ(nobody.code, ResponseCode::system_error);
  EXPECT_EQ(nobody.remark, "the producer group[g] not exist");
}

}  // namespace
}  // namespace gantry::kernel
