#include "namesrv/running_config.h"

#include "options/print.h"
#include "tests/unit/disk/simulated_disk.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

class RunningConfigTest : public testing::Test {
 protected:
  RunningConfigTest() {
    std::string pattern = (fs::temp_directory_path() / "gantry-config-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
    flags = {{"data_dir", directory.string()}};
  }
  ~RunningConfigTest() override { fs::remove_all(directory); }

  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(directory / name) << text;
    return directory / name;
  }

  // As a server that starts anew.
  options::Loaded<NamesrvConfig> restart() { return load_config(schema, file, flags); }

  void change_by_request(const std::string& properties) {
    auto loaded = restart();
    RunningConfig config(files, schema, loaded.config, loaded.origins);
    const auto updated = config.update(properties);
    ASSERT_TRUE(updated) << updated.error().text;
  }

  fs::path directory;
  disk::PosixFiles files;
  options::Schema<NamesrvConfig> schema = namesrv_schema();
  std::optional<fs::path> file;
  std::vector<options::FlagValue> flags;
};

TEST_F(RunningConfigTest, a_change_survives_a_restart_and_says_where_it_came_from) {
  change_by_request("broker_expiry=90s");
  const auto again = restart();
  ASSERT_TRUE(again.report.ok()) << again.report.str();
  EXPECT_EQ(again.config.broker_expiry, 90s);
  EXPECT_THAT(options::print_config(schema, again.config, again.origins),
              HasSubstr((directory / "wire-config.toml").string() + ":3"));
}

TEST_F(RunningConfigTest, a_change_overrides_the_file_and_a_flag_overrides_both) {
  file = write("namesrv.toml", "broker_expiry = \"60s\"\nscan_interval = \"3s\"\n");
  change_by_request("broker_expiry=90s");
  EXPECT_EQ(restart().config.broker_expiry, 90s);
  EXPECT_EQ(restart().config.scan_interval, 3s);
  flags.push_back({"broker_expiry", "30s"});
  EXPECT_EQ(restart().config.broker_expiry, 30s);
}

TEST_F(RunningConfigTest, later_changes_keep_the_earlier_ones) {
  change_by_request("broker_expiry=90s");
  change_by_request("orderMessageEnable=true\nserverChannelMaxIdleTimeSeconds=60");
  change_by_request("broker_expiry=80s");
  const auto again = restart();
  EXPECT_EQ(again.config.broker_expiry, 80s);
  EXPECT_TRUE(again.config.order_message_enable);
  EXPECT_EQ(again.config.idle_timeout, 60s);
}

TEST_F(RunningConfigTest, what_changes_nothing_writes_nothing) {
  change_by_request("orderMessageEnable=false\nunknown=1");
  EXPECT_FALSE(fs::exists(directory / "wire-config.toml"));
}

TEST_F(RunningConfigTest, a_damaged_file_of_changes_is_a_mistake_with_its_place) {
  write("wire-config.toml", "broker_expiry = ");
  const auto loaded = restart();
  ASSERT_FALSE(loaded.report.ok());
  EXPECT_THAT(loaded.report.str(), HasSubstr((directory / "wire-config.toml").string() + ":1"));
}

TEST_F(RunningConfigTest, the_data_directory_of_the_configuration_file_is_where_changes_are_looked_for) {
  flags.clear();
  file = write("namesrv.toml", "data_dir = \"" + directory.string() + "\"\n");
  change_by_request("broker_expiry=90s");
  EXPECT_EQ(restart().config.broker_expiry, 90s);
}

TEST_F(RunningConfigTest, who_runs_the_server_is_told_after_the_change_holds) {
  const auto loaded = restart();
  RunningConfig config(files, schema, loaded.config, loaded.origins);
  std::vector<std::chrono::milliseconds> told;
  config.at_change([&](const NamesrvConfig& changed) {
    told.push_back(changed.broker_expiry);
    EXPECT_EQ(config.now()->broker_expiry, changed.broker_expiry);
  });
  ASSERT_TRUE(config.update("broker_expiry=90s"));
  ASSERT_TRUE(config.update("broker_expiry=90s"));
  EXPECT_FALSE(config.update("broker_expiry=nonsense"));
  EXPECT_THAT(told, testing::ElementsAre(90s));
}

}  // namespace
}  // namespace gantry::namesrv
