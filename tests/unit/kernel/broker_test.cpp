#include "kernel/broker.h"

#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
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

using tcp = boost::asio::ip::tcp;

const auto kHere = boost::asio::ip::make_address("127.0.0.1");

TEST_F(BrokerTest, listens_on_a_second_port_two_below_the_first) {
  // Ports are others' to take at any moment: then it is another pair's turn.
  for (int tries = 0; tries < 100; ++tries) {
    boost::asio::io_context context;
    const auto below = tcp::acceptor(context, {kHere, 0}).local_endpoint().port();
    auto with_port = setup("");
    with_port.config.listen.port = static_cast<std::uint16_t>(below + 2);
    Broker other(std::move(with_port), "0.1.0", clock, log);
    try {
      other.start();
    } catch (const remoting::CannotListen&) {
      continue;
    }
    EXPECT_THAT(other.endpoints(),
                testing::ElementsAre(tcp::endpoint(kHere, below + 2), tcp::endpoint(kHere, below)));
    EXPECT_EQ(other.second_endpoint(), tcp::endpoint(kHere, below));
    EXPECT_EQ(other.identity().address, "127.0.0.1:" + std::to_string(below + 2));
    return;
  }
  FAIL() << "no two ports were free";
}

TEST_F(BrokerTest, takes_a_free_second_port_beside_a_free_first_one_or_none) {
  EXPECT_EQ(start(""), "");
  ASSERT_TRUE(broker->second_endpoint());
  EXPECT_NE(broker->second_endpoint()->port(), broker->endpoints().front().port());
  broker.reset();
  EXPECT_EQ(start("second_port = false\n"), "");
  EXPECT_EQ(broker->endpoints().size(), 1u);
  EXPECT_FALSE(broker->second_endpoint());
}

TEST_F(BrokerTest, says_what_its_second_port_is_for_when_somebody_has_it) {
  boost::asio::io_context context;
  std::string said, taken;
  for (int tries = 0; tries < 100 && said.find("old clients") == std::string::npos; ++tries) {
    tcp::acceptor somebody(context, {kHere, 0});
    somebody.listen();
    taken = std::to_string(somebody.local_endpoint().port());
    auto with_port = setup("");
    with_port.config.listen.port = static_cast<std::uint16_t>(somebody.local_endpoint().port() + 2);
    Broker other(std::move(with_port), "0.1.0", clock, log);
    try {
      other.start();
      FAIL() << "it started";
    } catch (const remoting::CannotListen& error) {
      said = error.what();
    }
  }
  EXPECT_THAT(said, StartsWith("cannot listen on 127.0.0.1:" + taken + ": "));
  EXPECT_THAT(
      said, HasSubstr(", where old clients come (two below the port of listen); stop what uses that address, "
                      "set listen to another, or write second_port = false"));
}

TEST_F(BrokerTest, without_name_servers_waits_for_none) {
  EXPECT_EQ(start(""), "");
  broker->wait_for_name_servers();
  EXPECT_EQ(broker->durability().acknowledged, "");
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
