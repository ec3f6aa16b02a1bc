#include "kernel/log_followers.h"

#include "tests/unit/kernel/fake_store.h"
#include "tests/unit/kernel/scripted_plugin.h"
#include "tests/unit/kernel/some_surroundings.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

struct Hearing final : api::CommitListener {
  explicit Hearing(std::string named) : its_name(std::move(named)) {}
  std::string_view name() const override { return its_name; }
  void committed(std::span<const api::LogEntry> entries) override {
    for (const auto& entry : entries) heard += std::string(entry.record.body()) + " ";
  }

  std::string its_name;
  std::string heard;
};

// A store, and a plugin with two listeners.
struct LogFollowersTest : testing::Test {
  Journal journal;
  SomeSurroundings broker;
  FakeStore store;
  Hearing index{"index"}, trace{"trace"};
  std::unique_ptr<PluginHost> host;
  std::unique_ptr<LogFollowers> followers;

  void SetUp() override {
    std::vector<ChosenPlugin> plugins;
    plugins.push_back(
        scripted<20>(journal, {.name = "hears", .at_install = [this](api::ExtensionPoints& points) {
                                 points.add(static_cast<api::CommitListener&>(index));
                                 points.add(static_cast<api::CommitListener&>(trace));
                               }}));
    host = std::make_unique<PluginHost>(std::move(plugins), broker.around);
    host->configure();
    host->install();
    host->recover();
    host->start();
    followers =
        std::make_unique<LogFollowers>(broker.extensions, *host, store, std::make_unique<NoKeyValues>());
    followers->start();
  }
  void TearDown() override {
    host->stop();
    followers.reset();
  }
};

TEST_F(LogFollowersTest, carry_every_listener_along_the_log) {
  store.add("a");
  broker.background.run_jobs();
  EXPECT_EQ(index.heard, "a ");
  EXPECT_EQ(trace.heard, "a ");
}

TEST_F(LogFollowersTest, finish_when_all_have_heard_what_the_log_holds) {
  store.add("a");
  bool finished = false;
  followers->finish([&finished] { finished = true; });
  EXPECT_FALSE(finished);
  broker.background.run_jobs();
  EXPECT_TRUE(finished);
  EXPECT_EQ(trace.heard, "a ");
}

TEST_F(LogFollowersTest, finish_at_once_when_the_plugins_have_been_stopped) {
  host->stop();
  bool finished = false;
  followers->finish([&finished] { finished = true; });
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace gantry::kernel
