#include "remoting/bodies/route.h"
#include "tests/unit/namesrv/served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

TEST(HandleRoutes, a_route_is_answered_with_the_published_bytes_where_they_lie) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  const Answered answer = served.ask(RequestCode::get_routeinfo_by_topic, {{"topic", "orders"}});
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(answer.remark, "");
  EXPECT_TRUE(answer.pinned);

  remoting::TopicRouteData route;
  std::string text = answer.body;
  ASSERT_TRUE(remoting::read_json(text, route));
  ASSERT_EQ(route.broker_datas.size(), 1u);
  EXPECT_EQ(route.broker_datas[0].broker_addrs, (std::map<std::int64_t, std::string>{{0, "10.0.0.1:10911"}}));
  EXPECT_EQ(remoting::to_json(route), answer.body) << "the same JSON that the declared structs write";
}

TEST(HandleRoutes, each_io_thread_answers_from_its_own_reader) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  AskingConnection elsewhere(9, 1);
  EXPECT_EQ(elsewhere.ask(served.requests, {RequestCode::get_routeinfo_by_topic, {{"topic", "orders"}}}).body,
            served.route("orders"));
}

TEST(HandleRoutes, a_topic_without_route_is_answered_17_by_name) {
  Served served;
  const Answered answer = served.ask(RequestCode::get_routeinfo_by_topic, {{"topic", "nowhere"}});
  EXPECT_EQ(answer.code, ResponseCode::topic_not_exist);
  EXPECT_EQ(answer.remark, "No topic route info in name server for the topic: nowhere");
}

TEST(HandleRoutes, a_remark_does_not_echo_megabytes) {
  Served served;
  const Answered answer =
      served.ask(RequestCode::get_routeinfo_by_topic, {{"topic", std::string(1 << 20, 'x')}});
  EXPECT_EQ(answer.code, ResponseCode::topic_not_exist);
  EXPECT_LT(answer.remark.size(), 400u);
}

TEST(HandleRoutes, cluster_info_lists_brokers_and_clusters) {
  Served served;
  EXPECT_EQ(served.ask(RequestCode::get_broker_cluster_info).body,
            R"({"brokerAddrTable":{},"clusterAddrTable":{}})");
  served.registers(a_broker("broker-a").at("a:1"));
  served.registers(a_broker("broker-a").id(1).at("s:1"));
  served.registers(a_broker("broker-b").in("c2").at("b:1"));
  EXPECT_EQ(
      served.ask(RequestCode::get_broker_cluster_info).body,
      R"({"brokerAddrTable":{"broker-a":{"brokerAddrs":{"0":"a:1","1":"s:1"},"brokerName":"broker-a",)"
      R"("cluster":"c1"},"broker-b":{"brokerAddrs":{"0":"b:1"},"brokerName":"broker-b","cluster":"c2"}},)"
      R"("clusterAddrTable":{"c1":["broker-a"],"c2":["broker-b"]}})");
}

TEST(HandleRoutes, a_deleted_topic_has_no_route_and_the_log_says_who_did_it) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(served.ask(RequestCode::delete_topic_in_namesrv, {{"topic", "orders"}}).code,
            ResponseCode::success);
  EXPECT_EQ(served.route("orders"), "");
  EXPECT_EQ(served.log.lines().back().message, "topics changed");
  EXPECT_EQ(served.log.lines().back().field("peer"), "10.9.9.9:1");
}

TEST(HandleRoutes, a_topic_is_deleted_in_one_cluster_when_one_is_named) {
  Served served;
  served.registers(a_broker("broker-a").in("c1").at("a:1").serving("orders"));
  served.registers(a_broker("broker-b").in("c2").at("b:1").serving("orders"));
  served.ask(RequestCode::delete_topic_in_namesrv, {{"topic", "orders"}, {"clusterName", "c1"}});
  EXPECT_THAT(served.route("orders"), testing::Not(HasSubstr("broker-a")));
  served.ask(RequestCode::delete_topic_in_namesrv, {{"topic", "orders"}, {"clusterName", ""}});
  EXPECT_EQ(served.route("orders"), "");
}

TEST(HandleRoutes, write_permission_is_wiped_and_added_and_the_topics_are_counted) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders").serving("bills"));
  const AskingConnection::Fields broker{{"brokerName", "broker-a"}};

  EXPECT_EQ(served.ask(RequestCode::wipe_write_perm_of_broker, broker).fields["wipeTopicCount"], "2");
  EXPECT_THAT(served.route("orders"), HasSubstr(R"("perm":4)"));
  EXPECT_EQ(served.ask(RequestCode::add_write_perm_of_broker, broker).fields["addTopicCount"], "2");
  EXPECT_THAT(served.route("orders"), HasSubstr(R"("perm":6)"));

  const Answered nobody = served.ask(RequestCode::wipe_write_perm_of_broker, {{"brokerName", "broker-z"}});
  EXPECT_EQ(nobody.code, ResponseCode::success);
  EXPECT_EQ(nobody.fields.at("wipeTopicCount"), "0");
}

}  // namespace
}  // namespace gantry::namesrv
