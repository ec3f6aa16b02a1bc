#include "kernel/own_topics.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/some_tables.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

struct OwnTopics : testing::Test {
  OwnTopics() {
    config.cluster = "c1";
    config.broker_name = "broker-a";
  }

  void make() {
    int done = 0;
    make_own_topics_and_groups(config, topics, groups, log, [&] { ++done; });
    EXPECT_EQ(done, 1);
  }
  // "read/write perm" by name.
  std::map<std::string, std::string> there() const {
    std::map<std::string, std::string> found;
    for (const auto& topic : topics.all())
      found[topic->name.str()] = std::to_string(topic->read_queues) + "/" +
                                 std::to_string(topic->write_queues) + " " + std::to_string(topic->perm);
    return found;
  }
  void put(std::string_view name, std::int32_t queues, std::int32_t perm) {
    topics.put({.name = api::TopicName::parse(name).value(),
                .read_queues = queues,
                .write_queues = queues,
                .perm = perm},
               api::Completion<void>([](const api::Result<void>&) {}));
  }

  BrokerConfig config;
  logging::CapturingLogger log;
  SomeTopics topics;
  SomeGroups groups;
};

TEST_F(OwnTopics, are_apaches_at_the_first_start) {
  make();
  EXPECT_THAT(there(),
              UnorderedElementsAre(Pair("TBW102", "8/8 7"), Pair("SELF_TEST_TOPIC", "1/1 6"),
                                   Pair("BenchmarkTest", "1024/1024 6"), Pair("c1", "16/16 7"),
                                   Pair("broker-a", "1/1 7"), Pair("OFFSET_MOVED_EVENT", "1/1 6"),
                                   Pair("SCHEDULE_TOPIC_XXXX", "18/18 6"), Pair("c1_REPLY_TOPIC", "1/1 6")));
  std::vector<std::string> names;
  for (const auto& group : groups.all()) names.push_back(group->name.str());
  EXPECT_THAT(
      names, ElementsAre("CID_ONS-HTTP-PROXY", "CID_ONSAPI_OWNER", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_PULL",
                         "FILTERSRV_CONSUMER", "SELF_TEST_C_GROUP", "TOOLS_CONSUMER"));
}

TEST_F(OwnTopics, are_written_once) {
  make();
  const auto topics_then = topics.version();
  const auto groups_then = groups.version();
  make();
  EXPECT_EQ(topics.version(), topics_then);
  EXPECT_EQ(groups.version(), groups_then);
}

TEST_F(OwnTopics, follow_their_options) {
  config.auto_create_topics = false;
  config.cluster_topic = false;
  config.broker_topic = false;
  config.trace_topic = true;
  config.trace_topic_name = "traces";
  make();
  EXPECT_THAT(there(), Not(Contains(Pair("TBW102", testing::_))));
  EXPECT_THAT(there(), Contains(Pair("c1", "16/16 1")));
  EXPECT_THAT(there(), Contains(Pair("broker-a", "1/1 1")));
  EXPECT_THAT(there(), Contains(Pair("traces", "1/1 6")));
  config = {};
  config.cluster = "c1";
  config.broker_name = "broker-a";
  config.default_topic_queues = 3;
  make();
  EXPECT_THAT(there(), Contains(Pair("TBW102", "3/3 7")));
  EXPECT_THAT(there(), Contains(Pair("c1", "16/16 7")));
  EXPECT_THAT(there(), Contains(Pair("broker-a", "1/1 7")));
  EXPECT_THAT(there(), Contains(Pair("traces", "1/1 6")));
}

TEST_F(OwnTopics, take_the_models_bit_from_tbw102_and_give_it_back) {
  make();
  config.auto_create_topics = false;
  make();
  EXPECT_THAT(there(), Contains(Pair("TBW102", "8/8 6")));
  config.auto_create_topics = true;
  make();
  EXPECT_THAT(there(), Contains(Pair("TBW102", "8/8 7")));
  EXPECT_EQ(log.count("topic follows its option"), 2U);
}

TEST_F(OwnTopics, stay_as_an_operator_has_changed_them) {
  put("TBW102", 16, 7);
  put("BenchmarkTest", 32, 4);
  put("c1", 2, 5);
  put("broker-a", 7, 3);
  groups.put({.name = api::GroupName::parse("TOOLS_CONSUMER").value(), .retry_max = 2},
             api::Completion<void>([](const api::Result<void>&) {}));
  make();
  EXPECT_THAT(there(), Contains(Pair("TBW102", "16/16 7")));
  EXPECT_THAT(there(), Contains(Pair("BenchmarkTest", "32/32 4")));
  EXPECT_THAT(there(), Contains(Pair("c1", "2/2 5")));
  EXPECT_THAT(there(), Contains(Pair("broker-a", "7/7 3")));
  EXPECT_EQ(groups.find("TOOLS_CONSUMER")->retry_max, 2);
}

TEST_F(OwnTopics, of_a_cluster_called_as_its_broker_are_one_with_the_brokers_queues) {
  config.cluster = config.broker_name = "same";
  make();
  EXPECT_THAT(there(), Contains(Pair("same", "1/1 7")));
}

TEST_F(OwnTopics, lack_one_for_a_host_whose_name_no_topic_can_have) {
  config.broker_name = "host.example.org";
  make();
  EXPECT_FALSE(topics.find("host.example.org"));
  EXPECT_THAT(log.wait_for("there is no topic of the cluster's or the broker's name")->field("reason"),
              testing::HasSubstr("host.example.org"));
}

TEST_F(OwnTopics, are_named_in_the_log_when_they_cannot_be_written) {
  struct NoSpace final : api::Topics {
    std::shared_ptr<const api::Topic> find(std::string_view) const override { return nullptr; }
    std::vector<std::shared_ptr<const api::Topic>> all() const override { return {}; }
    api::TableVersion version() const override { return {}; }
    void put(api::Topic, api::Completion<void> done) override { done.fail({.text = "the disk is full"}); }
    void remove(const api::TopicName&, api::Completion<void> done) override { done.succeed(); }
    std::shared_ptr<void> watch(std::function<void()>) override { return nullptr; }
  } none;
  bool done = false;
  make_own_topics_and_groups(config, none, groups, log, [&] { done = true; });
  EXPECT_TRUE(done);
  const auto line = log.wait_for([](const auto& one) { return one.field("topic") == "BenchmarkTest"; });
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("reason"), "\"the disk is full\"");
}

TEST_F(OwnTopics, are_system_topics_and_so_are_those_of_transactions) {
  for (const char* name :
       {"TBW102", "SELF_TEST_TOPIC", "BenchmarkTest", "OFFSET_MOVED_EVENT", "SCHEDULE_TOPIC_XXXX",
        "RMQ_SYS_TRACE_TOPIC", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
        "TRANS_CHECK_MAX_TIME_TOPIC", "c1", "broker-a", "c1_REPLY_TOPIC"}) {
    EXPECT_TRUE(is_system_topic(name, config)) << name;
    EXPECT_THAT(system_topics(config), Contains(name));
  }
  EXPECT_TRUE(is_system_topic("rmq_sys_anything", config));
  for (const char* name : {"orders", "traces", "%RETRY%g", "TBW1022", "c2", "RMQ_SYS_"})
    EXPECT_FALSE(is_system_topic(name, config)) << name;
  config.trace_topic_name = "traces";
  EXPECT_FALSE(is_system_topic("traces", config));
  config.trace_topic = true;
  EXPECT_TRUE(is_system_topic("traces", config));
  EXPECT_THAT(system_topics(config), Contains("traces"));
}

TEST(ClosedTopics, are_those_that_only_the_broker_writes_to) {
  for (const char* name : {"SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",
                           "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC", "OFFSET_MOVED_EVENT"})
    EXPECT_TRUE(is_closed_to_senders(name)) << name;
  for (const char* name :
       {"TBW102", "BenchmarkTest", "RMQ_SYS_TRACE_TOPIC", "orders", "SELF_TEST_TOPIC2", ""})
    EXPECT_FALSE(is_closed_to_senders(name)) << name;
}

TEST(SystemGroups, are_those_from_the_start_and_those_of_the_prefix) {
  for (const char* name : {"TOOLS_CONSUMER", "CID_ONSAPI_OWNER", "CID_RMQ_SYS_TRANS", "CID_RMQ_SYS_x"})
    EXPECT_TRUE(is_system_group(name)) << name;
  for (const char* name : {"g", "CID_RMQ", "TOOLS_CONSUMER2"}) EXPECT_FALSE(is_system_group(name)) << name;
}

}  // namespace
}  // namespace gantry::kernel
