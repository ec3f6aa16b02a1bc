#include "kernel/broker.h"

#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

struct BrokerTest : testing::Test {
  BrokerSetup setup(const std::string& text) {
    const auto file = folder.write("broker.toml", text);
    const std::vector<options::FlagValue> flags{{"plugin_path", sound_plugins().string()},
                                                {"listen", "127.0.0.1:0"},
                                                {"io_threads", "2"},
                                                {"data_dir", (folder.path() / "data").string()},
                                                {"metrics_file", (folder.path() / "gantry.prom").string()}};
    auto read = read_setup(schema, file, flags);
    EXPECT_EQ(read.report.str(), "");
    return read;
  }

  // What the start throws; empty: nothing.
  std::string start(const std::string& text) {
    broker = std::make_unique<Broker>(setup(text), "0.1.0", clock, log);
    try {
      broker->start();
      return {};
    } catch (const std::runtime_error& error) {
      broker.reset();
      return error.what();
    }
  }

  std::vector<std::string> steps() const {
    std::vector<std::string> found;
    for (const auto& line : log.lines())
      if (line.message == "step") found.push_back(line.part + " " + line.field("name"));
    return found;
  }

  const options::Schema<BrokerConfig> schema = broker_schema();
  const TemporaryFolder folder;
  const RealClock clock;
  logging::CapturingLogger log;
  std::unique_ptr<Broker> broker;
};

TEST_F(BrokerTest, without_a_message_store_starts_and_says_that_it_keeps_no_messages) {
  EXPECT_EQ(start(""), "");
  EXPECT_EQ(log.count("this broker keeps no messages: no plugin is a message store"), 1u);
  EXPECT_NE(broker->endpoints().front().port(), 0);
}

TEST_F(BrokerTest, brings_real_plugins_up_and_down) {
  EXPECT_EQ(start("[plugins.follower]\n[plugins.eventful]\n"), "");
  broker->stop();
  EXPECT_THAT(steps(), testing::ElementsAre("eventful configure", "follower configure", "eventful install",
                                            "follower install", "eventful recover", "follower recover",
                                            "eventful start", "follower start", "follower drain",
                                            "eventful drain", "follower stop", "eventful stop"));
}

TEST_F(BrokerTest, names_the_plugin_that_failed_and_lets_go_of_everything) {
  EXPECT_EQ(start("[plugins.eventful]\n[plugins.follower]\nfails_in = \"start\"\n"),
            "plugin follower failed in start: it was told to fail");
  EXPECT_EQ(steps().back(), "eventful stop");
  EXPECT_EQ(start("[plugins.eventful]\n"), "");
}

TEST_F(BrokerTest, refuses_an_address_that_is_in_use_before_it_touches_anything) {
  EXPECT_EQ(start(""), "");
  auto second = setup("[plugins.eventful]\n");
  second.config.listen.port = broker->endpoints().front().port();
  second.config.data_dir = folder.path() / "other";
  Broker other(std::move(second), "0.1.0", clock, log);
  try {
    other.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), StartsWith("cannot listen on 127.0.0.1:"));
    EXPECT_THAT(error.what(), HasSubstr("set listen to another"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "other"));
  EXPECT_TRUE(steps().empty());
}

TEST_F(BrokerTest, refuses_a_data_directory_that_is_in_use) {
  EXPECT_EQ(start(""), "");
  Broker other(setup(""), "0.1.0", clock, log);
  EXPECT_THROW(other.start(), std::runtime_error);
}

TEST_F(BrokerTest, takes_over_what_changed_in_its_configuration_and_tells_the_rest) {
  EXPECT_EQ(start("[plugins.answers]\n[plugins.eventful]\n"), "");
  auto level = logging::Level::info;
  broker->at_config_change([&](const BrokerConfig& changed) { level = changed.log_level; });
  broker->reload(
      setup("log_level = \"debug\"\nbroker_id = 2\n[plugins.answers]\ngreeting = \"ahoy\"\nhelpers = 2\n"
            "[plugins.hen]\nenabled = false\n"));
  EXPECT_EQ(level, logging::Level::debug);
  const auto changed = log.wait_for(
      [](const logging::CapturedLine& line) { return line.field("option") == "plugins.answers.greeting"; });
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->message + " " + changed->field("from") + " " + changed->field("to"),
            R"(option changed "\"hello\"" "\"ahoy\"")");
  const auto waits = [&](const std::string& option) {
    const auto line =
        log.wait_for([&](const logging::CapturedLine& one) { return one.field("option") == option; });
    return line ? line->message : "";
  };
  const std::string by_restart = "option is changed in the configuration file, and waits for a restart";
  EXPECT_EQ(waits("broker_id"), by_restart);
  EXPECT_EQ(waits("plugins.answers.helpers"), by_restart);
  EXPECT_EQ(log.wait_for("plugin is configured no more, and runs until a restart")->field("plugin"),
            "eventful");
  EXPECT_TRUE(log.wait_for("greeting changed"));
}

TEST_F(BrokerTest, changes_nothing_when_its_new_configuration_has_a_mistake) {
  EXPECT_EQ(start("[plugins.answers]\n"), "");
  const auto file = folder.write("new.toml", "log_level = \"debug\"\n[plugins.answers]\npatience = 3\n");
  bool told = false;
  broker->at_config_change([&](const BrokerConfig&) { told = true; });
  const std::vector<options::FlagValue> flags{{"plugin_path", sound_plugins().string()}};
  broker->reload(read_setup(schema, file, flags));
  const auto line = log.wait_for("mistake in the configuration; nothing is changed");
  ASSERT_TRUE(line);
  EXPECT_THAT(line->field("place"), testing::EndsWith("new.toml:3:12"));
  EXPECT_FALSE(told);
}

TEST_F(BrokerTest, writes_its_figures_to_a_file) {
  EXPECT_EQ(start("[plugins.answers]\n"), "");
  EXPECT_THAT(broker->metrics(), HasSubstr("gantry_answers_greetings_total 0"));
}

}  // namespace
}  // namespace gantry::kernel
