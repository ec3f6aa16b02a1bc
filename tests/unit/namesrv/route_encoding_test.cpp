#include "namesrv/route_encoding.h"

#include "tests/unit/namesrv/some_broker.h"

#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

class RouteEncoding : public testing::Test {
 protected:
  void registers(const SomeBroker& broker) {
    Changes changes;
    broker.register_in(tables, TimePoint{}, changes);
  }

  std::string route(std::string_view topic, std::optional<std::string_view> order_conf = std::nullopt) const {
    std::string json;
    append_route(json, tables, *tables.find_topic(topic), order_conf);
    return json;
  }

  RouteTables tables;
};

TEST_F(RouteEncoding, is_compact_standard_json_with_quoted_ids) {
  registers(a_broker("broker-a").in("DefaultCluster").at("10.0.0.1:10911").serving("orders"));
  registers(a_broker("broker-a").in("DefaultCluster").id(1).at("10.0.0.2:10911"));
  EXPECT_EQ(route("orders"),
            R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911","1":"10.0.0.2:10911"},)"
            R"("brokerName":"broker-a","cluster":"DefaultCluster"}],"filterServerTable":{},)"
            R"("queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":8,"topicSysFlag":0,)"
            R"("writeQueueNums":8}]})");
}

TEST_F(RouteEncoding, lists_each_broker_of_the_topic_and_no_other) {
  registers(a_broker("broker-a").at("a:1").serving("orders", {4, 2, 4, 3}));
  registers(a_broker("broker-b").at("b:1").serving("orders"));
  registers(a_broker("broker-c").at("c:1").serving("bills"));
  EXPECT_EQ(route("orders"),
            R"({"brokerDatas":[{"brokerAddrs":{"0":"a:1"},"brokerName":"broker-a","cluster":"c1"},)"
            R"({"brokerAddrs":{"0":"b:1"},"brokerName":"broker-b","cluster":"c1"}],"filterServerTable":{},)"
            R"("queueDatas":[{"brokerName":"broker-a","perm":4,"readQueueNums":4,"topicSysFlag":3,)"
            R"("writeQueueNums":2},{"brokerName":"broker-b","perm":6,"readQueueNums":8,"topicSysFlag":0,)"
            R"("writeQueueNums":8}]})");
}

TEST_F(RouteEncoding, carries_the_order_config_when_there_is_one) {
  registers(a_broker("broker-a").serving("orders"));
  EXPECT_NE(route("orders", "broker-a:8")
                .find(R"("filterServerTable":{},"orderTopicConf":"broker-a:8","queueDatas")"),
            std::string::npos);
}

TEST_F(RouteEncoding, names_filter_servers_by_the_address_they_belong_to) {
  registers(a_broker("broker-a").at("a:1").serving("orders").filter_servers({{"f:1", "f:2"}}));
  registers(a_broker("broker-a").id(1).at("s:1").filter_servers({{"f:3"}}));
  registers(a_broker("broker-b").at("b:1").serving("bills").filter_servers({{"f:4"}}));
  EXPECT_NE(route("orders").find(R"("filterServerTable":{"a:1":["f:1","f:2"],"s:1":["f:3"]},)"),
            std::string::npos);
}

TEST_F(RouteEncoding, escapes_what_json_does_not_allow_in_a_name) {
  registers(a_broker(R"(br"oker\a)").serving("orders"));
  EXPECT_NE(route("orders").find(R"("brokerName":"br\"oker\\a")"), std::string::npos);
}

}  // namespace
}  // namespace gantry::namesrv
