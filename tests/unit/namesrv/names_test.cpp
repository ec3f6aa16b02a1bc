#include "namesrv/names.h"

#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

TEST(Names, take_what_clusters_brokers_and_topics_are_called) {
  for (const std::string name :
       {"DefaultCluster", "broker-a", "%RETRY%group", "with space", "名前", "a\"b"}) {
    EXPECT_EQ(why_no_name("brokerName", name), "") << name;
  }
}

TEST(Names, must_not_be_empty_too_long_or_have_control_characters) {
  EXPECT_EQ(why_no_name("brokerName", ""),
            "brokerName is \"\", but it must be a name of 1 to 255 bytes without control characters");
  EXPECT_EQ(why_no_name("brokerName", std::string(255, 'x')), "");
  EXPECT_NE(why_no_name("brokerName", std::string(256, 'x')), "");
  for (const std::string& name : {std::string("a\nb"), std::string("a\x7f"), std::string("\0", 1)}) {
    EXPECT_NE(why_no_name("brokerName", name), "");
  }
}

TEST(Names, say_of_a_long_value_only_how_it_starts) {
  EXPECT_LT(why_no_name("brokerName", std::string(1 << 20, 'x')).size(), 300u);
}

TEST(Names, a_retry_topic_of_the_longest_group_is_a_topic) {
  EXPECT_EQ(why_no_topic("topicName", "%RETRY%" + std::string(255, 'g')), "");
  EXPECT_NE(why_no_topic("topicName", "%RETRY%" + std::string(256, 'g')), "");
}

TEST(Names, addresses_are_host_and_port) {
  for (const std::string address : {"10.0.0.1:10911", "broker.example:1", "fe80::1:10911", "[::1]:65535"}) {
    EXPECT_EQ(why_no_address("brokerAddr", address), "") << address;
  }
  for (const std::string address : {"", "10.0.0.1", ":10911", "h:", "h:0", "h:65536", "h:1x", "h :1", "a,b:1",
                                    "a\"b:1", "a\\b:1", "h\n:1"}) {
    EXPECT_NE(why_no_address("brokerAddr", address), "") << address;
  }
  EXPECT_EQ(why_no_address("brokerAddr", "nonsense"), "brokerAddr is \"nonsense\", but it must be host:port");
}

}  // namespace
}  // namespace gantry::namesrv
