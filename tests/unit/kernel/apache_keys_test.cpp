#include "kernel/apache_keys.h"

#include "kernel/broker_setup.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct ApacheKeys : testing::Test {
  BrokerSetup read(const std::string& text, const std::string& name = "broker.conf") {
    const auto file = folder.write(name, text);
    const std::vector<options::FlagValue> flags{{"plugin_path", sound_plugins().string()}};
    return read_setup(schema, file, flags,
                      {.names = {"shelf", "answers"}, .when = StandardPlugins::When::with_apaches_file});
  }

  // Without the file's name.
  std::string report_of(const std::string& text) {
    auto said = read(text).report.str();
    const auto place = (folder.path() / "broker.conf").string() + ":";
    for (std::size_t at = 0; (at = said.find(place, at)) != std::string::npos;) said.erase(at, place.size());
    return said;
  }

  const options::Schema<BrokerConfig> schema = broker_schema();
  const TemporaryFolder folder;
};

// A key of Apache's that became an option here is one thing only.
TEST_F(ApacheKeys, give_way_to_options) {
  options::Schema<BrokerConfig> own;
  own.option("data_dir", &BrokerConfig::data_dir).help("x").apache("brokerRole");
  declare_apache_keys(own);
  EXPECT_THAT(declaration_mistakes(own), IsEmpty());
  EXPECT_EQ(own.find_without_effect("brokerRole"), nullptr);
}

struct Refused {
  const char* text;
  const char* said;
};
struct RefusedKeys : ApacheKeys, testing::WithParamInterface<Refused> {};

TEST_P(RefusedKeys, with_the_one_reason_that_counts) {
  EXPECT_EQ(report_of("brokerName=a\n" + std::string(GetParam().text)), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedKeys,
    testing::Values(
        Refused{"brokerRole=SYNC_MASTER",
                "2:1: brokerRole = SYNC_MASTER: needs a plugin that replicates, and none is enabled that has "
                "brokerRole; without one a broker is an ASYNC_MASTER\n"},
        Refused{"brokerRole=SLAVE\nbrokerId=1",
                "2:1: brokerRole = SLAVE: needs a plugin that replicates, and none is enabled that has "
                "brokerRole; "
                "without one a broker is an ASYNC_MASTER\n"},
        Refused{"brokerRole=sync_master",
                "2:1: brokerRole = sync_master: needs a plugin that replicates, and none is enabled that has "
                "brokerRole; without one a broker is an ASYNC_MASTER\n"},
        Refused{"enableDLegerCommitLog=true",
                "2:1: enableDLegerCommitLog = true: DLedger's log is another format, which this broker "
                "neither reads "
                "nor writes; write false\n"},
        Refused{"aclEnable=true",
                "2:1: aclEnable = true: needs a plugin that has access rules, and none is enabled that has "
                "aclEnable; "
                "with false everybody may do everything\n"},
        Refused{"authenticationEnabled=true",
                "2:1: authenticationEnabled = true: needs a plugin that has access rules; with false "
                "everybody may do "
                "everything\n"},
        Refused{"brokerPermission=4",
                "2:1: brokerPermission = 4: a broker that is only read from, or only written to, is not to "
                "be had; "
                "write 6, which is both\n"},
        Refused{"answerLoudly=true", "2:1: answerLoudly = true: nobody would like that; write false\n"}));

TEST_F(ApacheKeys, that_ask_for_what_happens_anyway_need_no_line) {
  EXPECT_EQ(
      report_of("brokerRole=ASYNC_MASTER\nenableDLegerCommitLog=false\naclEnable=false\nbrokerPermission=6\n"
                "messageStorePlugIn=\nuseTLS=false\nanswerLoudly=false\n"),
      "");
}

TEST_F(ApacheKeys, without_effect_are_named_in_a_line_each) {
  EXPECT_EQ(
      report_of("brokerName=a\nsendMessageThreadPoolNums=128\ncheckTransactionMessageEnable=false\n"
                "serverSelectorThreads=3\n"),
      "warning: 2:1: sendMessageThreadPoolNums: has no effect here: requests are served by the I/O threads: "
      "see "
      "io_threads\n"
      "warning: 3:1: checkTransactionMessageEnable: has no effect here: Apache's broker no longer has it, "
      "and "
      "transactions are a plugin's\n"
      "warning: 4:1: serverSelectorThreads: has no effect here: requests are served by the I/O threads: see "
      "io_threads\n");
}

TEST_F(ApacheKeys, that_are_unknown_are_named_with_the_nearest_even_if_that_is_a_plugins) {
  EXPECT_EQ(
      report_of("brokrName=a\nanswerGreting=hi\nbrokerRoles=SLAVE\nlistenPort=1\nsecondPort=1\n"),
      "second_port: there is no port two below that of listen, 1; set listen to a greater one, or write "
      "second_port = false\n"
      "warning: 1:1: brokrName: unknown option, ignored; nearest is brokerName\n"
      "warning: 2:1: answerGreting: unknown option, ignored; nearest is answerGreeting\n"
      "warning: 3:1: brokerRoles: unknown option, ignored; nearest is brokerRole\n"
      "warning: 5:1: secondPort: unknown option, ignored\n");
}

TEST_F(ApacheKeys, mean_the_plugins_that_apaches_broker_has_built_in) {
  const auto setup = read("brokerName=a\nanswerGreeting=hi\n");
  EXPECT_EQ(setup.report.str(), "");
  std::vector<std::string> names;
  for (const auto& plugin : setup.plugins) names.push_back(plugin.name);
  EXPECT_THAT(names, ElementsAre("shelf", "answers"));
  EXPECT_THAT(read("broker_name = \"a\"\n", "broker.toml").plugins, IsEmpty());
}

TEST_F(ApacheKeys, make_a_master_the_number_0_as_apaches_broker_does) {
  EXPECT_EQ(
      report_of("brokerName=a\nbrokerId=2\nbrokerRole=ASYNC_MASTER\n"),
      "warning: 2:1: brokerId = 2: a master has the number 0, and this broker is one; it is taken for 0\n");
  EXPECT_EQ(read("brokerName=a\nbrokerId=2\n").config.broker_id, 0);
  EXPECT_EQ(read("broker_id = 2\n", "broker.toml").config.broker_id, 2);
}

TEST_F(ApacheKeys, leave_the_store_and_the_name_servers_where_apaches_broker_has_them) {
  setenv("HOME", "/a/home", 1);
  setenv("NAMESRV_ADDR", "10.0.0.5:9876;10.0.0.6:9876", 1);
  const auto fresh = broker_schema();
  const auto file = folder.write("broker.conf", "brokerName=a\nlistenPort=10911\n");
  const auto setup = read_setup(fresh, file, {});
  unsetenv("NAMESRV_ADDR");
  EXPECT_EQ(setup.config.data_dir, "/a/home/store");
  EXPECT_THAT(setup.config.namesrv, ElementsAre("10.0.0.5:9876", "10.0.0.6:9876"));
  EXPECT_THAT(read_setup(broker_schema(), file, {}).config.namesrv, IsEmpty());
}

}  // namespace
}  // namespace gantry::kernel
