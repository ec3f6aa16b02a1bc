#include "tests/unit/namesrv/served.h"

#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using remoting::RequestCode;
using remoting::ResponseCode;

constexpr QueueSettings with_flags(std::int32_t flags) {
  return {8, 8, 6, flags};
}

class HandleTopicLists : public testing::Test {
 protected:
  HandleTopicLists() {
    served.registers(a_broker("broker-a")
                         .in("c1")
                         .at("a:1")
                         .serving("plain")
                         .serving("unit", with_flags(1))
                         .serving("unit-sub", with_flags(2))
                         .serving("both", with_flags(3)));
    served.registers(a_broker("broker-b").in("c2").at("b:1").serving("plain").serving("other"));
  }

  std::string list(RequestCode code, AskingConnection::Fields fields = {}) {
    const Answered answer = served.ask(code, std::move(fields));
    EXPECT_EQ(answer.code, ResponseCode::success);
    return answer.body;
  }

  Served served;
};

TEST_F(HandleTopicLists, all_topics_once_each) {
  EXPECT_EQ(list(RequestCode::get_all_topic_list_from_nameserver),
            R"({"topicList":["both","other","plain","unit","unit-sub"]})");
}

TEST_F(HandleTopicLists, topics_of_a_cluster_are_those_that_one_of_its_brokers_serves) {
  EXPECT_EQ(list(RequestCode::get_topics_by_cluster, {{"cluster", "c2"}}),
            R"({"topicList":["other","plain"]})");
}

TEST_F(HandleTopicLists, an_unknown_cluster_has_no_topics) {
  EXPECT_EQ(list(RequestCode::get_topics_by_cluster, {{"cluster", "c3"}}), R"({"topicList":[]})");
}

TEST_F(HandleTopicLists, system_topics_are_the_names_of_clusters_and_brokers_with_some_brokers_address) {
  EXPECT_EQ(list(RequestCode::get_system_topic_list_from_ns),
            R"({"brokerAddr":"a:1","topicList":["broker-a","broker-b","c1","c2"]})");
  Served empty;
  EXPECT_EQ(empty.ask(RequestCode::get_system_topic_list_from_ns).body, R"({"topicList":[]})");
}

TEST_F(HandleTopicLists, unit_topics_by_their_flags) {
  EXPECT_EQ(list(RequestCode::get_unit_topic_list), R"({"topicList":["both","unit"]})");
  EXPECT_EQ(list(RequestCode::get_has_unit_sub_topic_list), R"({"topicList":["both","unit-sub"]})");
  EXPECT_EQ(list(RequestCode::get_has_unit_sub_ununit_topic_list), R"({"topicList":["unit-sub"]})");
}

}  // namespace
}  // namespace gantry::namesrv
