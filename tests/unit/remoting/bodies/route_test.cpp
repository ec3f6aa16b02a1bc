#include "remoting/bodies/route.h"

#include <algorithm>
#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

template <typename T>
T read(std::string text) {
  T body;
  const auto ok = read_json(text, body);
  EXPECT_TRUE(ok.has_value()) << ok.error().str();
  return body;
}

TEST(Route, is_read_with_broker_ids_quoted_or_bare) {
  for (
      const auto* text :
      {R"({"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911","1":"10.0.0.2:10911"},"brokerName":"b","cluster":"c"}]})",
       R"({"brokerDatas":[{"brokerAddrs":{0:"10.0.0.1:10911",1:"10.0.0.2:10911"},"brokerName":"b","cluster":"c"}]})"}) {
    const auto route = read<TopicRouteData>(text);
    EXPECT_EQ(route.broker_datas.at(0),
              (BrokerData{.broker_addrs = {{0, "10.0.0.1:10911"}, {1, "10.0.0.2:10911"}},
                          .broker_name = "b",
                          .cluster = "c"}));
  }
}

TEST(Route, leaves_out_the_order_configuration_when_there_is_none_but_never_the_filter_servers) {
  EXPECT_EQ(to_json(TopicRouteData()), R"({"brokerDatas":[],"filterServerTable":{},"queueDatas":[]})");
}

TEST(Route, of_a_5x_name_server_has_more_than_is_known_here) {
  const auto route = read<TopicRouteData>(
      R"({"brokerDatas":[{"brokerAddrs":{0:"a"},"brokerName":"b","cluster":"c","enableActingMaster":false}],)"
      R"("filterServerTable":{},"queueDatas":[],"topicQueueMappingByBroker":{"b":{"currIdMap":{0:0},"epoch":1}}})");
  EXPECT_EQ(route.broker_datas.at(0).broker_addrs.at(0), "a");
}

// What Go's client does with the answer of a name server, which it does not parse as JSON.
std::string address_as_go_cuts_it(std::string text) {
  const std::string key = "\"brokerAddrs\":{";
  text.erase(0, text.find(key) + key.size());
  text.erase(text.find('}'));
  text.erase(0, text.find(',') + 1);
  const auto colon = text.find(':');
  std::string id = text.substr(0, colon);
  std::string address = text.substr(colon + 1);
  for (auto* part : {&id, &address}) part->erase(std::remove(part->begin(), part->end(), '"'), part->end());
  return id + " is " + address;
}

TEST(Route, can_be_cut_as_text_by_the_go_client) {
  TopicRouteData route;
  route.broker_datas.push_back(
      {.broker_addrs = {{0, "10.0.0.1:10911"}, {12, "[::1]:10911"}}, .broker_name = "b", .cluster = "c"});
  EXPECT_EQ(address_as_go_cuts_it(to_json(route)), "12 is [::1]:10911");
}

auto any_broker() {
  return rc::gen::build<BrokerData>(rc::gen::set(&BrokerData::broker_addrs),
                                    rc::gen::set(&BrokerData::broker_name),
                                    rc::gen::set(&BrokerData::cluster));
}

auto any_queues() {
  return rc::gen::build<QueueData>(rc::gen::set(&QueueData::broker_name), rc::gen::set(&QueueData::perm),
                                   rc::gen::set(&QueueData::read_queue_nums),
                                   rc::gen::set(&QueueData::topic_sys_flag),
                                   rc::gen::set(&QueueData::write_queue_nums));
}

RC_GTEST_PROP(Route, is_read_as_it_was_written, ()) {
  TopicRouteData route;
  route.broker_datas = *rc::gen::container<std::vector<BrokerData>>(any_broker());
  route.filter_server_table = *rc::gen::arbitrary<std::map<std::string, std::vector<std::string>>>();
  if (*rc::gen::arbitrary<bool>()) route.order_topic_conf = *rc::gen::arbitrary<std::string>();
  route.queue_datas = *rc::gen::container<std::vector<QueueData>>(any_queues());
  RC_ASSERT(read<TopicRouteData>(to_json(route)) == route);
}

RC_GTEST_PROP(ClusterInfo, is_read_as_it_was_written, ()) {
  ClusterInfo info;
  for (auto& broker : *rc::gen::container<std::vector<BrokerData>>(any_broker()))
    info.broker_addr_table[broker.broker_name] = broker;
  info.cluster_addr_table = *rc::gen::arbitrary<std::map<std::string, std::vector<std::string>>>();
  RC_ASSERT(read<ClusterInfo>(to_json(info)) == info);
}

}  // namespace
}  // namespace gantry::remoting
