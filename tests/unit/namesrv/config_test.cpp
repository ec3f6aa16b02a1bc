#include "namesrv/config.h"

#include "options/describe.h"
#include "options/load.h"
#include "options/print.h"
#include "options/wire.h"
#include "tests/unit/options/reference_page.h"

#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

options::Loaded<NamesrvConfig> load_text(std::string text, const std::string& name) {
  const auto schema = namesrv_schema();
  options::Loaded<NamesrvConfig> loaded;
  auto& [config, origins, report] = loaded;
  auto file = options::ConfigFile::parse(std::move(text), name, schema, report);
  file.fill(schema, config, "", origins, report);
  file.report_unknown_tables(report);
  check_whole(schema, config, "", origins, report);
  return loaded;
}

std::string report_of(std::string text) {
  return load_text(std::move(text), "namesrv.toml").report.str();
}

TEST(NamesrvOptions, are_soundly_declared) {
  EXPECT_THAT(declaration_mistakes(namesrv_schema()), IsEmpty());
}

TEST(NamesrvOptions, have_defaults_that_go_together) {
  EXPECT_EQ(report_of(""), "");
  const NamesrvConfig config;
  EXPECT_GE(config.memory_in_flight, ByteSize::mib(16));
  EXPECT_LE(config.memory_in_flight, ByteSize::gib(1));
}

TEST(NamesrvOptions, keep_their_data_below_the_home_directory) {
  setenv("HOME", "/a/home", 1);
  EXPECT_EQ(default_data_dir(), "/a/home/.gantry/namesrv");
  EXPECT_EQ(kv_config_file(NamesrvConfig()), "/a/home/.gantry/namesrv/kvConfig.json");
  NamesrvConfig config;
  config.kv_config_path = "/old/kvConfig.json";
  EXPECT_EQ(kv_config_file(config), "/old/kvConfig.json");
  unsetenv("HOME");
  EXPECT_EQ(default_data_dir(), "/var/lib/gantry/namesrv");
}

TEST(NamesrvOptions, are_read_from_apaches_file) {
  const auto [config, origins, report] = load_text(
      "rocketmqHome=/opt/rocketmq\n"
      "kvConfigPath=/old/namesrv/kvConfig.json\n"
      "listenPort=19876\n"
      "orderMessageEnable=true\n"
      "serverChannelMaxIdleTimeSeconds=60\n"
      "serverWorkerThreads=16\n"
      "clusterTest=true\n",
      "namesrv.conf");
  EXPECT_EQ(config.kv_config_path, "/old/namesrv/kvConfig.json");
  EXPECT_EQ(config.listen.str(), "0.0.0.0:19876");
  EXPECT_TRUE(config.order_message_enable);
  EXPECT_EQ(config.idle_timeout, 60s);
  EXPECT_EQ(
      report.str(),
      "warning: namesrv.conf:1:1: rocketmqHome: has no effect here: there is no installation directory\n"
      "warning: namesrv.conf:6:1: serverWorkerThreads: has no effect here: requests are served by the I/O "
      "threads: see io_threads\n"
      "warning: namesrv.conf:7:1: clusterTest: has no effect here: routes are never asked from another "
      "environment\n");
}

TEST(NamesrvOptions, take_apaches_tls_keys) {
  const auto [config, origins, report] = load_text(
      "tls.server.mode=enforcing\ntls.server.certPath=/c.pem\ntls.server.keyPath=/k.pem\n"
      "tls.server.trustCertPath=/ca.pem\ntls.server.need.client.auth=require\n",
      "namesrv.conf");
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(config.tls_mode, remoting::TlsMode::enforcing);
  EXPECT_EQ(config.tls_certificate, "/c.pem");
  EXPECT_EQ(config.tls_key, "/k.pem");
  EXPECT_EQ(config.tls_client_ca, "/ca.pem");
  EXPECT_EQ(config.tls_client_auth, remoting::ClientCertificate::require);
  EXPECT_EQ(load_text("tls.server.mode=disabled\n", "x.conf").config.tls_mode, remoting::TlsMode::off);
}

TEST(NamesrvOptions, must_go_together) {
  EXPECT_EQ(report_of("tls_mode = \"permissive\""),
            "tls_certificate: is needed for TLS; set it, or write tls_mode = \"off\"\n"
            "tls_key: is needed for TLS; set it, or write tls_mode = \"off\"\n");
  EXPECT_EQ(
      report_of("tls_certificate = \"/c.pem\""),
      "namesrv.toml:1:1: tls_certificate: is set but tls_mode is \"off\"; write tls_mode = \"enforcing\" or "
      "\"permissive\", or take it out\n");
  EXPECT_EQ(
      report_of("tls_client_auth = \"require\""),
      "tls_client_ca: is needed to verify clients; set it, or write tls_client_auth = \"none\"\n"
      "namesrv.toml:1:1: tls_client_auth: needs TLS; set tls_mode, or write tls_client_auth = \"none\"\n");
  EXPECT_EQ(report_of("max_frame_size = \"64MiB\"\nmemory_in_flight = \"32MiB\""),
            "namesrv.toml:1:1: max_frame_size: must be at most memory_in_flight, 32MiB; lower it or raise "
            "memory_in_flight\n");
}

TEST(NamesrvOptions, that_requests_may_change_are_these_and_no_more) {
  const auto schema = namesrv_schema();
  std::vector<std::string> by_wire;
  for (const auto& option : schema.options())
    if (option.by_wire) by_wire.push_back(option.name);
  EXPECT_THAT(by_wire, ElementsAre("order_message_enable", "broker_expiry", "scan_interval", "idle_timeout",
                                   "log_level"));
}

TEST(NamesrvOptions, are_changed_by_a_request_or_refused) {
  const auto schema = namesrv_schema();
  const auto update =
      read_wire_update(schema, NamesrvConfig(),
                       "orderMessageEnable=true\nserverChannelMaxIdleTimeSeconds=30\nlog_level=debug\n");
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->config.order_message_enable);
  EXPECT_EQ(update->config.idle_timeout, 30s);
  EXPECT_EQ(update->config.log_level, logging::Level::debug);
  for (const std::string key : {"kvConfigPath", "configStorePath", "rocketmqHome", "configBlackList",
                                "data_dir", "log_file", "listenPort", "tls.server.keyPath"}) {
    const auto refused =
        read_wire_update(schema, NamesrvConfig(), "orderMessageEnable=true\n" + key + "=x\n");
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().why, options::WireRefusal::Why::not_by_wire) << key;
  }
}

TEST(NamesrvOptions, are_told_to_clients_as_apache_tells_them) {
  NamesrvConfig config;
  config.kv_config_path = "/data/kvConfig.json";
  EXPECT_EQ(config_for_clients(namesrv_schema(), config),
            "clusterTest=false\n"
            "configStorePath=\n"
            "kvConfigPath=/data/kvConfig.json\n"
            "listenPort=9876\n"
            "orderMessageEnable=false\n"
            "productEnvName=center\n"
            "rocketmqHome=\n"
            "serverAsyncSemaphoreValue=64\n"
            "serverCallbackExecutorThreads=0\n"
            "serverChannelMaxIdleTimeSeconds=120\n"
            "serverOnewaySemaphoreValue=256\n"
            "serverPooledByteBufAllocatorEnable=true\n"
            "serverSelectorThreads=3\n"
            "serverSocketBacklog=1024\n"
            "serverSocketRcvBufSize=0\n"
            "serverSocketSndBufSize=0\n"
            "serverWorkerThreads=8\n"
            "useEpollNativeSelector=false\n"
            "writeBufferHighWaterMark=0\n"
            "writeBufferLowWaterMark=0\n");
}

TEST(NamesrvOptions, are_printed_so_that_they_can_be_read_back) {
  NamesrvConfig config;
  config.listen = {"127.0.0.1", 0};
  config.log_file = "/var/log/gantry \"x\".log";
  config.broker_expiry = 1500ms;
  const auto text = print_config(namesrv_schema(), config, {});
  const auto [read, origins, report] = load_text(text, "printed.toml");
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(read, config);
}

TEST(NamesrvOptions, are_in_the_reference_page_as_they_are_declared) {
  options::testing::expect_reference_page("namesrv-options.md", describe_markdown(namesrv_schema()));
}

}  // namespace
}  // namespace gantry::namesrv
