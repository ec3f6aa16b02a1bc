#include "remoting/bodies/check_client.h"
#include "remoting/bodies/heartbeat.h"
#include "tests/unit/kernel/some_serving.h"

#include <memory>
#include <stdexcept>
#include <string>
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

struct Everything final : api::Filter {
  void judge(std::span<const remoting::MessageRecordView>, std::span<api::Verdict> verdicts) const override {
    for (auto& verdict : verdicts) verdict = api::Verdict::yes;
  }
};
struct Sql final : api::FilterLanguage {
  std::string_view name() const override { return "SQL92"; }
  api::Result<std::shared_ptr<const api::Filter>> compile(const api::FilterSource& source) override {
    if (source.expression == "throw") throw std::runtime_error("no luck");
    if (source.expression != "a = 1") return api::Refusal{.text = "expected = at 3"};
    return std::shared_ptr<const api::Filter>(std::make_shared<Everything>());
  }
};

struct HandleClients : testing::Test, SomeServing {
  HandleClients() {
    extensions.for_plugin(sql_plugin)->add(sql);
    add_client_handlers(requests, serving);
  }

  Answered says(AskingConnection& from, remoting::HeartbeatData said) {
    return from.ask(requests, {.code = RequestCode::heart_beat, .body = to_json(said)});
  }
  static remoting::HeartbeatData consumer(const std::string& id, const std::string& group) {
    return {.client_id = id,
            .consumer_data_set = {
                {.group_name = group, .subscription_data_set = {{.sub_string = "*", .topic = "orders"}}}}};
  }
  Answered checks(const std::string& type, const std::string& expression) {
    remoting::CheckClientRequestBody asked{.client_id = "c", .group = "g"};
    asked.subscription_data = {.expression_type = type, .sub_string = expression, .topic = "orders"};
    return a.ask(requests, {.code = RequestCode::check_client_config, .body = to_json(asked)});
  }
  Answered list(const std::string& group) {
    return a.ask(requests,
                 {.code = RequestCode::get_consumer_list_by_group, .fields = {{"consumerGroup", group}}});
  }

  PluginBoundary sql_plugin{"filter-sql", metrics, log, clock};
  Sql sql;
  AskingConnection a{1}, b{2};
};

TEST_F(HandleClients, makes_a_group_and_its_retry_topic_when_a_consumer_comes) {
  EXPECT_EQ(says(a, consumer("c-a", "g")).code, ResponseCode::success);
  EXPECT_TRUE(groups.find("g"));
  ASSERT_TRUE(topics.find("%RETRY%g"));
  EXPECT_EQ(topics.find("%RETRY%g")->read_queues, 1);
  EXPECT_EQ(topics.find("%RETRY%g")->perm, 6);
  EXPECT_EQ(list("g").body, R"({"consumerIdList":["c-a"]})");
}

TEST_F(HandleClients, makes_no_retry_topic_for_who_broadcasts_and_for_who_only_produces) {
  auto broadcasting = consumer("c-a", "g");
  broadcasting.consumer_data_set[0].message_model = remoting::MessageModel::broadcasting;
  says(a, broadcasting);
  says(b, {.client_id = "c-b", .producer_data_set = {{.group_name = "p"}}});
  EXPECT_TRUE(topics.all().empty());
  EXPECT_FALSE(groups.find("p"));
  EXPECT_EQ(clients.producers("p").size(), 1U);
}

TEST_F(HandleClients, makes_no_group_when_that_is_not_wanted) {
  serving.config.auto_create_groups = false;
  EXPECT_EQ(says(a, consumer("c-a", "g")).code, ResponseCode::success);
  EXPECT_FALSE(groups.find("g"));
  EXPECT_FALSE(topics.find("%RETRY%g"));
}

TEST_F(HandleClients, makes_the_brokers_own_groups_all_the_same) {
  serving.config.auto_create_groups = false;
  says(a, consumer("c-a", "CID_RMQ_SYS_TRANS"));
  EXPECT_TRUE(groups.find("CID_RMQ_SYS_TRANS"));
}

TEST_F(HandleClients, gives_a_group_as_many_retry_queues_as_it_is_set_to) {
  groups.put({.name = api::GroupName::parse("g").value(), .retry_queues = 3},
             api::Completion<void>([](auto) {}));
  says(a, consumer("c-a", "g"));
  EXPECT_EQ(topics.find("%RETRY%g")->write_queues, 3);
}

TEST_F(HandleClients, refuses_a_heartbeat_that_makes_no_sense_and_says_why) {
  const auto garbage = a.ask(requests, {.code = RequestCode::heart_beat, .body = "{"});
  EXPECT_EQ(garbage.code, ResponseCode::system_error);
  EXPECT_THAT(garbage.remark, HasSubstr("heartbeat: "));
  EXPECT_THAT(says(a, consumer("", "g")).remark, HasSubstr("clientID is missing or empty"));
  EXPECT_THAT(says(a, consumer("c-a", "../g")).remark, HasSubstr("../g"));
  EXPECT_EQ(clients.connections(), 0U);
}

TEST_F(HandleClients, refuses_a_heartbeat_that_names_too_many_groups_and_makes_none_of_it) {
  remoting::HeartbeatData many{.client_id = "c-a"};
  for (int i = 0; i < 500; ++i) {
    many.consumer_data_set.push_back({.group_name = "g" + std::to_string(i)});
    many.producer_data_set.push_back({.group_name = "p" + std::to_string(i)});
  }
  many.producer_data_set.push_back({.group_name = "one-more"});
  const auto refused = says(a, many);
  EXPECT_EQ(refused.code, ResponseCode::system_error);
  EXPECT_EQ(refused.remark,
            "heartbeat: it names 1001 groups of consumers and producers, and 1000 are allowed");
  EXPECT_TRUE(groups.all().empty());
  EXPECT_TRUE(topics.all().empty());
  EXPECT_EQ(clients.connections(), 0U);
  many.producer_data_set.pop_back();
  EXPECT_EQ(says(a, many).code, ResponseCode::success);
  EXPECT_EQ(clients.connections(), 1U);
}

TEST_F(HandleClients, makes_no_more_groups_than_are_allowed_and_says_so) {
  remoting::HeartbeatData many{.client_id = "c-a"};
  for (int i = 0; i < 20; ++i) many.consumer_data_set.push_back({.group_name = "g" + std::to_string(i)});
  EXPECT_EQ(says(a, many).code, ResponseCode::success);
  EXPECT_EQ(groups.all().size(), 10U);
  EXPECT_EQ(topics.all().size(), 10U);
  EXPECT_EQ(log.wait_for("group cannot be made")->field("reason"),
            "\"this broker has 10 groups, and 10 are allowed (max_groups)\"");
  const auto refused = find_or_make_group(serving, "another").error();
  EXPECT_EQ(refused.code, ResponseCode::subscription_group_not_exist);
  EXPECT_EQ(refused.text,
            "subscription group does not exist, another; it is not made by consuming: this broker has 10 "
            "groups, and 10 are allowed (max_groups)");
  EXPECT_TRUE(find_or_make_group(serving, "g0"));
}

TEST_F(HandleClients, never_lists_nobody) {
  const auto nobody = list("g");
  EXPECT_EQ(nobody.code, ResponseCode::system_error);
  EXPECT_EQ(nobody.remark, "no consumer for this group, g");
}

TEST_F(HandleClients, forgets_who_says_goodbye_and_whose_connection_ends) {
  says(a, consumer("c-a", "g"));
  says(b, consumer("c-b", "g"));
  EXPECT_EQ(list("g").body, R"({"consumerIdList":["c-a","c-b"]})");
  EXPECT_EQ(a.ask(requests, {.code = RequestCode::unregister_client,
                             .fields = {{"clientID", "c-a"}, {"consumerGroup", "g"}}})
                .code,
            ResponseCode::success);
  EXPECT_EQ(list("g").body, R"({"consumerIdList":["c-b"]})");
  requests.on_closed(b);
  EXPECT_EQ(list("g").code, ResponseCode::system_error);
}

TEST_F(HandleClients, says_whether_a_subscription_can_be_served) {
  EXPECT_EQ(checks("TAG", "whatever").code, ResponseCode::success);
  EXPECT_EQ(checks("", "whatever").code, ResponseCode::success);
  EXPECT_EQ(checks("SQL92", "a = 1").code, ResponseCode::success);
  const auto wrong = checks("SQL92", "a ? 1");
  EXPECT_EQ(wrong.code, ResponseCode::subscription_parse_failed);
  EXPECT_EQ(wrong.remark, "expected = at 3");
  const auto unknown = checks("LUA", "");
  EXPECT_EQ(unknown.code, ResponseCode::system_error);
  EXPECT_EQ(unknown.remark, "The broker does not support consumer to filter message by LUA");
  EXPECT_EQ(checks("SQL92", "throw").remark, "plugin filter-sql failed: no luck");
}

}  // namespace
}  // namespace gantry::kernel
