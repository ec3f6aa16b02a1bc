#include "kernel/broker_config.h"

#include "options/describe.h"
#include "options/load.h"
#include "tests/unit/options/reference_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

options::Loaded<BrokerConfig> load_text(std::string text, const std::string& name) {
  const auto schema = broker_schema();
  options::Loaded<BrokerConfig> loaded;
  auto& [config, origins, report] = loaded;
  auto file = options::ConfigFile::parse(std::move(text), name, schema, report);
  file.fill(schema, config, "", origins, report);
  check_whole(schema, config, "", origins, report);
  return loaded;
}

TEST(BrokerOptions, are_soundly_declared) {
  EXPECT_THAT(declaration_mistakes(broker_schema()), IsEmpty());
}

TEST(BrokerOptions, have_defaults_that_go_together) {
  EXPECT_EQ(load_text("", "broker.toml").report.str(), "");
  EXPECT_FALSE(BrokerConfig().broker_name.empty());
}

TEST(BrokerOptions, keep_their_data_below_the_home_directory) {
  setenv("HOME", "/a/home", 1);
  EXPECT_EQ(default_data_dir(), "/a/home/.gantry/broker");
}

TEST(BrokerOptions, are_read_from_apaches_file) {
  const auto [config, origins, report] = load_text(
      "brokerClusterName=c1\nbrokerName=broker-a\nbrokerId=1\nlistenPort=20911\nbrokerIP1=10.0.0.7\n"
      "storePathRootDir=/data/store\nflushConsumerOffsetInterval=1000\n"
      "namesrvAddr=10.0.0.5:9876;10.0.0.6:9876\nregisterNameServerPeriod=10000\n",
      "broker.conf");
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(config.cluster, "c1");
  EXPECT_EQ(config.broker_name, "broker-a");
  EXPECT_EQ(config.broker_id, 1);
  EXPECT_EQ(config.listen.str(), "0.0.0.0:20911");
  EXPECT_EQ(config.advertised_address, "10.0.0.7");
  EXPECT_EQ(config.data_dir, "/data/store");
  EXPECT_EQ(config.offset_flush_interval, 1s);
  EXPECT_THAT(config.namesrv, ElementsAre("10.0.0.5:9876", "10.0.0.6:9876"));
  EXPECT_EQ(config.registration_interval, 10s);
}

TEST(BrokerOptions, of_topics_are_read_from_apaches_file) {
  const auto [config, origins, report] = load_text(
      "autoCreateTopicEnable=false\ndefaultTopicQueueNums=4\nclusterTopicEnable=false\nbrokerTopicEnable="
      "false\n"
      "traceTopicEnable=true\nmsgTraceTopicName=traces\n",
      "broker.conf");
  EXPECT_EQ(report.str(), "");
  EXPECT_FALSE(config.auto_create_topics);
  EXPECT_EQ(config.default_topic_queues, 4);
  EXPECT_FALSE(config.cluster_topic);
  EXPECT_FALSE(config.broker_topic);
  EXPECT_TRUE(config.trace_topic);
  EXPECT_EQ(config.trace_topic_name, "traces");
}

TEST(BrokerOptions, name_the_trace_topic_that_can_be_none) {
  EXPECT_THAT(load_text("trace_topic_name = \"a.b\"\n", "b.toml").report.str(),
              testing::StartsWith("b.toml:1:1: trace_topic_name: topic \"a.b\""));
}

TEST(BrokerOptions, must_go_together) {
  EXPECT_EQ(load_text("advertised_address = \"x:y\"\ntls_mode = \"enforcing\"\n", "b.toml").report.str(),
            "tls_certificate: is needed for TLS; set it, or write tls_mode = \"off\"\n"
            "tls_key: is needed for TLS; set it, or write tls_mode = \"off\"\n"
            "b.toml:1:1: advertised_address: must be a host or a host:port, such as \"10.0.0.7\" or "
            "\"broker.example:10911\"\n");
}

TEST(BrokerOptions, name_the_name_server_that_is_no_address) {
  EXPECT_EQ(load_text("namesrv = [\"10.0.0.5:9876\", \"10.0.0.6\"]\n", "b.toml").report.str(),
            "b.toml:1:1: namesrv: \"10.0.0.6\" is no host:port, such as \"10.0.0.5:9876\"\n");
}

TEST(BrokerOptions, that_can_change_while_running_are_these_and_no_more) {
  std::vector<std::string> changeable;
  const auto schema = broker_schema();
  for (const auto& option : schema.options())
    if (option.changeable) changeable.push_back(option.name);
  EXPECT_THAT(changeable, ElementsAre("metrics_interval", "idle_timeout", "log_level"));
}

TEST(BrokerOptions, are_in_the_reference_page_as_they_are_declared) {
  options::testing::expect_reference_page("broker-options.md", describe_markdown(broker_schema()));
}

}  // namespace
}  // namespace gantry::kernel
