#include "kernel/client_table.h"

#include "tests/unit/access/asking_connection.h"
#include "tests/unit/kernel/manual_clock.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using access::testing::AskingConnection;
using remoting::ConsumerData;
using remoting::HeartbeatData;
using remoting::SubscriptionData;
using testing::ElementsAre;
using testing::IsEmpty;
using Known = ClientTable::Known;

SubscriptionData wants(const std::string& topic, std::int64_t version = 1,
                       const std::string& expression = "*") {
  return {.sub_string = expression, .sub_version = version, .topic = topic};
}
HeartbeatData consumes(const std::string& group, std::vector<SubscriptionData> topics) {
  return {
      .consumer_data_set = {ConsumerData{.group_name = group, .subscription_data_set = std::move(topics)}}};
}
HeartbeatData produces(const std::string& group) {
  return {.producer_data_set = {{.group_name = group}}};
}

// Those whose members it shall ask for again.
std::vector<std::string> groups_told(const AskingConnection& connection) {
  std::vector<std::string> groups;
  for (const auto& [code, fields] : connection.told()) {
    EXPECT_EQ(code, remoting::RequestCode::notify_consumer_ids_changed);
    groups.push_back(fields.at("consumerGroup"));
  }
  return groups;
}

struct ClientTableTest : testing::Test {
  void says(AskingConnection& connection, const std::string& id, const HeartbeatData& said) {
    table.heard(connection, {.id = id, .address = std::string(connection.peer())}, said);
  }

  ManualClock clock;
  ClientTable table{clock, {.silence = 120s}};
  AskingConnection a{1}, b{2}, c{3};
};

TEST_F(ClientTableTest, knows_who_consumes_and_produces_for_a_group) {
  says(a, "client-a", consumes("g", {wants("orders")}));
  says(b, "client-b", produces("p"));
  EXPECT_THAT(table.consumer_ids("g"), ElementsAre("client-a"));
  EXPECT_THAT(table.consumer_ids("p"), IsEmpty());
  ASSERT_EQ(table.producers("p").size(), 1U);
  EXPECT_EQ(table.producers("p").front().id, "client-b");
  EXPECT_EQ(table.consumer_group("nobody"), std::nullopt);
  const auto group = table.consumer_group("g").value();
  EXPECT_EQ(group.members.front().address, a.peer());
  EXPECT_EQ(group.subscriptions.front()->topic, "orders");
  EXPECT_EQ(table.connections(), 2U);
}

TEST_F(ClientTableTest, tells_the_members_of_a_group_who_comes_and_who_goes) {
  says(a, "client-a", consumes("g", {wants("orders")}));
  EXPECT_THAT(groups_told(a), ElementsAre("g")) << "itself, too: so it asks who else is there";
  says(b, "client-b", consumes("g", {wants("orders")}));
  EXPECT_THAT(groups_told(a), ElementsAre("g", "g"));
  EXPECT_THAT(groups_told(b), ElementsAre("g"));
  says(b, "client-b", consumes("g", {wants("orders")}));
  EXPECT_EQ(a.told().size(), 2U) << "nothing has changed";
  table.closed(b);
  EXPECT_EQ(a.told().size(), 3U);
  EXPECT_EQ(b.told().size(), 1U) << "it is gone";
  EXPECT_THAT(table.consumer_ids("g"), ElementsAre("client-a"));
}

TEST_F(ClientTableTest, tells_members_of_other_topics_but_not_of_another_expression) {
  says(a, "client-a", consumes("g", {wants("orders")}));
  says(a, "client-a", consumes("g", {wants("orders", 2, "TagA")}));
  EXPECT_EQ(a.told().size(), 1U);
  says(a, "client-a", consumes("g", {wants("orders", 2), wants("payments")}));
  EXPECT_EQ(a.told().size(), 2U);
  says(a, "client-a", consumes("g", {wants("payments")}));
  EXPECT_EQ(a.told().size(), 3U);
}

TEST_F(ClientTableTest, has_the_newest_version_of_each_subscription) {
  says(a, "client-a", consumes("g", {wants("orders", 5, "TagA")}));
  says(b, "client-b", consumes("g", {wants("orders", 4, "TagB")}));
  EXPECT_EQ(table.subscribed("g", "orders").subscription->sub_string, "TagA");
  says(b, "client-b", consumes("g", {wants("orders", 6, "TagB")}));
  EXPECT_EQ(table.subscribed("g", "orders").subscription->sub_string, "TagB");
}

TEST_F(ClientTableTest, tells_a_pull_what_is_missing) {
  EXPECT_EQ(table.subscribed("g", "orders").known, Known::no_group);
  says(a, "client-a", consumes("g", {wants("orders")}));
  EXPECT_EQ(table.subscribed("g", "payments").known, Known::no_subscription);
  EXPECT_EQ(table.subscribed("g", "orders").known, Known::yes);
  table.closed(a);
  EXPECT_EQ(table.subscribed("g", "orders").known, Known::no_group);
}

TEST_F(ClientTableTest, lets_a_client_leave_one_group_and_stay_in_another) {
  HeartbeatData both = consumes("g", {wants("orders")});
  both.producer_data_set.push_back({.group_name = "p"});
  says(a, "client-a", both);
  table.left(a, "", "g");
  EXPECT_EQ(table.consumer_group("g"), std::nullopt);
  EXPECT_EQ(table.producers("p").size(), 1U);
  table.left(a, "p", "");
  EXPECT_THAT(table.producers("p"), IsEmpty());
  EXPECT_EQ(table.connections(), 0U);
}

TEST_F(ClientTableTest, takes_a_client_out_of_groups_that_its_heartbeat_names_no_more) {
  says(a, "client-a", consumes("g", {wants("orders")}));
  says(a, "client-a", consumes("h", {wants("orders")}));
  EXPECT_EQ(table.consumer_group("g"), std::nullopt);
  EXPECT_THAT(table.consumer_ids("h"), ElementsAre("client-a"));
}

TEST_F(ClientTableTest, lists_a_client_once_that_connected_anew_before_its_old_connection_is_gone) {
  says(a, "client", consumes("g", {wants("orders")}));
  says(b, "client", consumes("g", {wants("orders")}));
  EXPECT_THAT(table.consumer_ids("g"), ElementsAre("client"));
  EXPECT_EQ(table.consumer_group("g")->members.size(), 2U) << "an operator sees both connections";
  table.closed(a);
  EXPECT_THAT(table.consumer_ids("g"), ElementsAre("client"));
  table.closed(b);
  EXPECT_THAT(table.consumer_ids("g"), IsEmpty());
}

TEST_F(ClientTableTest, tells_nobody_of_a_client_that_comes_and_goes_with_a_second_connection) {
  says(c, "other", consumes("g", {wants("orders")}));
  says(a, "client", consumes("g", {wants("orders")}));
  EXPECT_EQ(c.told().size(), 2U);
  says(b, "client", consumes("g", {wants("orders")}));
  table.closed(a);
  EXPECT_EQ(c.told().size(), 2U) << "the members are the same";
  table.closed(b);
  EXPECT_EQ(c.told().size(), 3U);
}

TEST_F(ClientTableTest, tells_a_client_with_two_connections_once_by_the_newer) {
  says(a, "client", consumes("g", {wants("orders")}));
  says(b, "client", consumes("g", {wants("orders")}));
  const auto before = a.told().size();
  says(c, "other", consumes("g", {wants("orders")}));
  EXPECT_EQ(a.told().size(), before);
  EXPECT_THAT(groups_told(b), ElementsAre("g"));
}

TEST_F(ClientTableTest, closes_connections_that_have_been_silent_for_too_long) {
  says(a, "client-a", consumes("g", {wants("orders")}));
  clock.advance(100s);
  says(b, "client-b", consumes("g", {wants("orders")}));
  clock.advance(21s);
  table.close_silent();
  EXPECT_EQ(a.closed_because(), "no heartbeat");
  EXPECT_EQ(b.closed_because(), "");
}

TEST_F(ClientTableTest, takes_no_notice_of_connections_that_never_told_about_themselves) {
  table.closed(a);
  table.left(a, "p", "g");
  EXPECT_EQ(table.connections(), 0U);
}

}  // namespace
}  // namespace gantry::kernel
