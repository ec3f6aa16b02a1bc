#include "cli/up_config.h"

#include "tests/unit/kernel/temporary_folder.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace gantry::cli {
namespace {

using kernel::TemporaryFolder;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> plugins_of(const UpSetup& setup) {
  std::vector<std::string> names;
  for (const auto& plugin : setup.broker.plugins) names.push_back(plugin.name);
  return names;
}

TEST(UpOptions, are_soundly_declared) {
  EXPECT_THAT(declaration_mistakes(up_schema()), IsEmpty());
}

// What is passed on to the broker must be something that it knows.
TEST(UpOptions, are_options_of_the_broker_but_one) {
  const auto broker = kernel::broker_schema();
  const auto up = up_schema();
  for (const auto& option : up.options()) {
    if (option.name == "namesrv_listen") continue;
    ASSERT_NE(broker.find(option.name), nullptr) << option.name;
    EXPECT_EQ(broker.find(option.name)->kind, option.kind) << option.name;
  }
}

TEST(UpSetup, needs_neither_a_file_nor_a_flag) {
  setenv("HOME", "/a/home", 1);
  const auto setup = read_up_setup(std::nullopt, {});
  EXPECT_EQ(setup.report.str(), "");
  EXPECT_EQ(setup.broker.config.data_dir, "/a/home/.gantry/up");
  EXPECT_EQ(setup.broker.config.listen.str(), "0.0.0.0:10911");
  EXPECT_EQ(setup.broker.config.log_level, logging::Level::warn);
  EXPECT_THAT(plugins_of(setup), Contains("store-mmap"));
  EXPECT_EQ(setup.namesrv.config.data_dir, "/a/home/.gantry/up/namesrv");
  EXPECT_EQ(setup.namesrv.config.listen.str(), "0.0.0.0:9876");
}

TEST(UpSetup, takes_flags_for_the_broker_and_for_the_name_server) {
  const std::vector<options::FlagValue> flags{{"listen", "127.0.0.1:0"},
                                              {"namesrv_listen", "127.0.0.1:1"},
                                              {"data_dir", "/data"},
                                              {"log_level", "debug"}};
  const auto setup = read_up_setup(std::nullopt, flags);
  EXPECT_EQ(setup.report.str(), "");
  EXPECT_EQ(setup.broker.config.listen.str(), "127.0.0.1:0");
  EXPECT_EQ(setup.broker.config.log_level, logging::Level::debug);
  EXPECT_EQ(setup.namesrv.config.listen.str(), "127.0.0.1:1");
  EXPECT_EQ(setup.namesrv.config.data_dir, "/data/namesrv");
}

TEST(UpSetup, takes_a_file_of_the_brokers_with_its_own_plugins_and_directory) {
  const TemporaryFolder folder;
  const auto file = folder.write("broker.toml",
                                 "data_dir = \"/data\"\nlog_level = \"error\"\n[plugins.store-mmap]\n"
                                 "flush = \"async\"\n");
  const auto setup = read_up_setup(file, {});
  EXPECT_EQ(setup.report.str(), "");
  EXPECT_EQ(setup.broker.config.data_dir, "/data");
  EXPECT_EQ(setup.broker.config.log_level, logging::Level::error);
  EXPECT_EQ(setup.broker.origins.of("plugins.store-mmap.flush"), file.string() + ":4");
}

// A limit that nobody asked for is no reason to warn: the name server has connections, too.
TEST(UpSetup, shares_out_the_open_files_that_it_may_have_unless_the_file_says_how) {
  const TemporaryFolder folder;
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const auto both = [](const UpSetup& setup) {
    return setup.broker.config.max_connections + setup.namesrv.config.max_connections;
  };
  EXPECT_LT(both(read_up_setup(std::nullopt, {})), files.rlim_max);
  const auto file = folder.write("broker.toml", "max_connections = 30000000\n");
  EXPECT_THAT(read_up_setup(file, {}).report.str(), HasSubstr("out of range"));
  EXPECT_EQ(both(read_up_setup(folder.write("broker.toml", "max_connections = 7\n"), {})), 14u);
}

TEST(UpSetup, refuses_to_do_without_a_message_store) {
  const TemporaryFolder folder;
  const auto off = folder.write("off.toml", "[plugins.store-mmap]\nenabled = false\n");
  EXPECT_THAT(read_up_setup(off, {}).report.str(), HasSubstr("no plugin is a message store"));
  const auto elsewhere = folder.write("elsewhere.toml", "plugin_path = [\"/nowhere\"]\n");
  const auto said = read_up_setup(elsewhere, {}).report.str();
  EXPECT_THAT(said, HasSubstr("plugin store-mmap is not there, and the broker goes on without it: no "
                              "libstore-mmap.so in /nowhere"));
  EXPECT_THAT(said, HasSubstr("no plugin is a message store"));
}

TEST(UpSetup, names_a_flag_by_its_name) {
  const std::vector<options::FlagValue> flags{{"namesrv_listen", "somewhere"}};
  EXPECT_THAT(read_up_setup(std::nullopt, flags).report.str(),
              HasSubstr("flag --namesrv-listen: namesrv_listen = somewhere: "));
}

}  // namespace
}  // namespace gantry::cli
