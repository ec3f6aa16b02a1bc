#include "kernel/plugin_host.h"

#include "tests/unit/kernel/scripted_plugin.h"
#include "tests/unit/kernel/some_surroundings.h"

#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PluginHostTest : public testing::Test {
 protected:
  // What bringing all of them up throws; empty: nothing.
  std::string bring_up(std::vector<ChosenPlugin> plugins) {
    try {
      host = std::make_unique<PluginHost>(std::move(plugins), broker.around);
      host->configure();
      host->install();
      host->recover();
      host->start();
      host->start_services();
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  template <class... Plugins>
  std::vector<ChosenPlugin> plugins(Plugins... all) {
    std::vector<ChosenPlugin> list;
    (list.push_back(std::move(all)), ...);
    return list;
  }

  ChosenPlugin a(Script script = {}) { return make<1>("a", std::move(script)); }
  ChosenPlugin b(Script script = {}) { return make<2>("b", std::move(script)); }
  ChosenPlugin c(Script script = {}) { return make<3>("c", std::move(script)); }

  // The journal without the ends of objects, since the last call.
  Journal happened() {
    Journal since;
    since.swap(journal);
    return since;
  }

  Journal journal;
  SomeSurroundings broker;
  std::unique_ptr<PluginHost> host;

 private:
  template <int N>
  ChosenPlugin make(std::string name, Script script) {
    script.name = std::move(name);
    return scripted<N>(journal, std::move(script));
  }
};

TEST_F(PluginHostTest, takes_each_step_of_all_plugins_before_the_next_and_stops_in_reverse) {
  EXPECT_EQ(bring_up(plugins(a({.has_service = true}), b())), "");
  EXPECT_THAT(happened(),
              ElementsAre("a load", "b load", "a configure", "b configure", "a install", "b install",
                          "a recover", "b recover", "a start", "b start", "a service start"));
  host->drain();
  EXPECT_THAT(happened(), ElementsAre("a service drain", "b drain", "a drain"));
  host->stop();
  EXPECT_THAT(happened(), ElementsAre("a service stop", "b stop", "a stop"));
  host.reset();
  EXPECT_THAT(happened(), ElementsAre("b is gone", "a is gone"));
}

TEST_F(PluginHostTest, stops_what_runs_when_it_is_destroyed) {
  EXPECT_EQ(bring_up(plugins(a())), "");
  happened();
  host.reset();
  EXPECT_THAT(happened(), ElementsAre("a drain", "a stop", "a is gone"));
}

TEST_F(PluginHostTest, names_plugin_step_and_reason_of_an_exception) {
  for (const std::string step : {"load", "configure", "install", "recover", "start"})
    EXPECT_EQ(bring_up(plugins(a(), b({.fails_in = step}))), "plugin b failed in " + step + ": no luck");
  EXPECT_EQ(bring_up(plugins(a(), b({.fails_in = "service start", .has_service = true}))),
            "plugin b failed in start of its service: no luck");
  EXPECT_EQ(bring_up(plugins(b({.fails_in = "start", .throws_a_number = true}))),
            "plugin b failed in start: an exception of type int, which is no std::exception");
  EXPECT_THAT(broker.metrics.text(),
              HasSubstr("gantry_plugin_exceptions_total{plugin=\"b\",step=\"start\"} 2"));
}

TEST_F(PluginHostTest, stops_after_a_failed_step_exactly_those_that_had_come_so_far) {
  bring_up(plugins(a(), b({.fails_in = "configure"}), c()));
  EXPECT_THAT(happened(),
              ElementsAre("a load", "b load", "c load", "a configure", "b configure", "b stop", "a stop"));
  host.reset();
  happened();
  bring_up(plugins(a(), b({.fails_in = "recover"}), c()));
  EXPECT_THAT(happened(), testing::Contains("a recover").Times(1));
  host.reset();
  happened();
  bring_up(plugins(a(), b({.fails_in = "start"}), c()));
  const auto all = happened();
  EXPECT_THAT(Journal(all.end() - 7, all.end()),
              ElementsAre("a start", "b start", "b drain", "a drain", "c stop", "b stop", "a stop"));
}

TEST_F(PluginHostTest, stops_a_service_whose_start_failed) {
  bring_up(plugins(a({.fails_in = "service start", .has_service = true})));
  const auto all = happened();
  EXPECT_THAT(Journal(all.end() - 5, all.end()),
              ElementsAre("a service start", "a service drain", "a drain", "a service stop", "a stop"));
}

TEST_F(PluginHostTest, logs_an_exception_of_drain_and_stop_and_goes_on) {
  EXPECT_EQ(bring_up(plugins(a(), b({.fails_in = "drain"}), c({.fails_in = "stop"}))), "");
  happened();
  host->drain();
  host->stop();
  EXPECT_THAT(happened(), ElementsAre("c drain", "b drain", "a drain", "c stop", "b stop", "a stop"));
  const auto line = broker.log.wait_for("plugin failed while stopping");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("plugin") + " " + line->field("step") + " " + line->field("reason"),
            "b drain \"no luck\"");
  EXPECT_EQ(broker.log.count("plugin failed while stopping"), 2u);
}

TEST_F(PluginHostTest, goes_on_without_an_optional_plugin_that_fails_in_any_step) {
  for (const std::string step : {"load", "configure", "install", "recover", "start"}) {
    EXPECT_EQ(bring_up(plugins(a(), b({.fails_in = step, .optional = true}), c())), "") << step;
    EXPECT_THAT(host->plugins(), ElementsAre("a", "c")) << step;
    EXPECT_THAT(journal, testing::Contains("c start")) << step;
    host.reset();
    happened();
  }
  const auto line = broker.log.wait_for("optional plugin left out");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("plugin"), "b");
  EXPECT_EQ(line->field("reason"), "\"it failed in load: no luck\"");
}

TEST_F(PluginHostTest, stops_an_optional_plugin_that_it_leaves_out_with_those_that_need_it) {
  EXPECT_EQ(bring_up(plugins(a({.fails_in = "start", .has_service = true, .optional = true}),
                             b({.needs = {"a"}, .has_service = true, .optional = true}), c())),
            "");
  EXPECT_THAT(host->plugins(), ElementsAre("c"));
  const auto all = happened();
  EXPECT_THAT(Journal(all.end() - 5, all.end()),
              ElementsAre("a start", "b stop", "a drain", "a stop", "c start"));
  EXPECT_THAT(broker.extensions.services(), IsEmpty());
}

TEST_F(PluginHostTest, refuses_to_leave_out_what_another_cannot_be_without) {
  EXPECT_EQ(bring_up(plugins(a({.fails_in = "start", .optional = true}), b({.needs = {"a"}}))),
            "plugin a failed in start: no luck; it is optional, but plugin b needs it; write optional = true "
            "under [plugins.b] too, or mend a");
  EXPECT_THAT(journal, testing::Contains("b stop"));
}

TEST_F(PluginHostTest, runs_no_job_of_a_plugin_that_has_stopped) {
  int runs = 0;
  api::PluginContext* context = nullptr;
  std::unique_ptr<api::Timer> timer;
  EXPECT_EQ(bring_up(plugins(a({.at_configure = [&](api::PluginContext& its) { context = &its; }}))), "");
  context->executor().post([&] { ++runs; });
  timer = context->timers().every(1s, [&] { ++runs; });
  broker.background.advance(2s);
  EXPECT_EQ(runs, 3);
  context->executor().post([&] { ++runs; });
  host->stop();
  broker.background.advance(2s);
  EXPECT_EQ(runs, 3);
}

TEST_F(PluginHostTest, counts_and_logs_what_a_job_throws_with_the_plugins_name) {
  EXPECT_EQ(bring_up(plugins(a({.at_configure =
                                    [](api::PluginContext& its) {
                                      its.executor().post([] { throw std::runtime_error("oops"); });
                                    }}))),
            "");
  broker.background.run_jobs();
  const auto line = broker.log.wait_for("plugin threw an exception");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->part, "a");
  EXPECT_EQ(line->field("step") + ": " + line->field("reason"), "job: oops");
  EXPECT_THAT(broker.metrics.text(),
              HasSubstr("gantry_plugin_exceptions_total{plugin=\"a\",step=\"job\"} 1"));
}

TEST_F(PluginHostTest, counts_late_double_and_dropped_completions_also_from_a_foreign_thread) {
  api::CompletionWatch* watch = nullptr;
  EXPECT_EQ(
      bring_up(plugins(a({.at_configure = [&](api::PluginContext& its) { watch = &its.completions(); }}))),
      "");
  int told = 0;
  std::thread([&] {
    api::Completion<void> twice([&](const api::Result<void>&) { ++told; }, watch);
    twice.succeed();
    twice.succeed();
    const api::Completion<void> dropped([&](const api::Result<void>& outcome) { told += outcome ? 100 : 1; },
                                        watch);
    watch->told_late();
  }).join();
  EXPECT_EQ(told, 2);
  for (const std::string misuse : {"told_twice", "dropped", "told_late"})
    EXPECT_THAT(
        broker.metrics.text(),
        HasSubstr("gantry_plugin_completions_misused_total{plugin=\"a\",misuse=\"" + misuse + "\"} 1"));
  EXPECT_EQ(broker.log.count("plugin told an outcome twice; the second one was ignored"), 1u);
  EXPECT_EQ(broker.log.count("plugin gave up a completion without telling an outcome"), 1u);
  EXPECT_EQ(broker.log.count("plugin told an outcome when nobody waited for it any more"), 1u);
}

TEST_F(PluginHostTest, changes_an_option_of_a_running_plugin_on_its_executor) {
  EXPECT_EQ(bring_up(plugins(a())), "");
  happened();
  const auto change = host->change("a", "level", "7");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->option + " " + change->from + " " + change->to, "level 1 7");
  EXPECT_THAT(happened(), IsEmpty());
  broker.background.run_jobs();
  EXPECT_THAT(happened(), ElementsAre("a level 1 to 7"));
  ASSERT_TRUE(host->change("a", "level", "8"));
  broker.background.run_jobs();
  EXPECT_THAT(happened(), ElementsAre("a level 7 to 8"));
}

TEST_F(PluginHostTest, refuses_a_change_and_says_why) {
  EXPECT_EQ(bring_up(plugins(a())), "");
  const auto refused = [&](std::string_view plugin, std::string_view option, std::string_view text) {
    const auto change = host->change(plugin, option, text);
    return change ? std::string("it was done") : change.error().text;
  };
  EXPECT_EQ(refused("x", "level", "1"), "plugin x is not running");
  EXPECT_EQ(refused("a", "levl", "1"), "levl: unknown option; nearest is level");
  EXPECT_EQ(refused("a", "most", "1"),
            "most: cannot change while running; set it in the configuration file and restart");
  EXPECT_EQ(refused("a", "level", "101"), "level = 101: out of range; accepted is 0 to 100");
  EXPECT_EQ(refused("a", "level", "11"), "level: must be at most most; lower it or raise that");
  broker.background.run_jobs();
  EXPECT_THAT(happened(), testing::Not(testing::Contains(HasSubstr("level"))));
  ASSERT_TRUE(host->change("a", "level", "2"));
}

TEST_F(PluginHostTest, takes_over_what_can_change_of_a_new_configuration_and_tells_the_rest) {
  EXPECT_EQ(bring_up(plugins(a())), "");
  happened();
  auto fresh = a();
  auto& config = *static_cast<ScriptedConfig*>(fresh.config.get());
  config.level = 5;
  config.most = 20;
  config.token = "abc";
  const auto found = host->change_to(fresh);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->changeable.size(), 2u);
  EXPECT_EQ(found->changeable[0].option + found->changeable[0].from + found->changeable[0].to, "level15");
  EXPECT_EQ(found->changeable[1].option + found->changeable[1].from + found->changeable[1].to, "token******");
  ASSERT_EQ(found->by_restart.size(), 1u);
  EXPECT_EQ(found->by_restart[0].option + found->by_restart[0].from + found->by_restart[0].to, "most1020");
  broker.background.run_jobs();
  EXPECT_THAT(happened(), ElementsAre("a level 1 to 5"));

  config.level = 15;
  const auto refused = host->change_to(fresh);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "level: must be at most most; lower it or raise that");
}

TEST_F(PluginHostTest, takes_no_options_over_that_another_library_has_read) {
  EXPECT_EQ(bring_up(plugins(a())), "");
  auto other = b();
  other.name = "a";
  other.file = "/other/liba.so";
  const auto refused = host->change_to(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text,
            "plugin a is configured from another library, /other/liba.so; that needs a restart");
}

TEST_F(PluginHostTest, survives_a_plugin_that_throws_at_a_change) {
  EXPECT_EQ(bring_up(plugins(a({}))), "");
  auto fresh = a();
  auto& config = *static_cast<ScriptedConfig*>(fresh.config.get());
  config.level = 9;
  ASSERT_TRUE(host->change_to(fresh));
  broker.background.run_jobs();
  EXPECT_EQ(broker.log.count("plugin threw an exception"), 0u);
  config.level = 6;
  ASSERT_TRUE(host->change("a", "level", "6"));
  broker.background.run_jobs();
  EXPECT_EQ(broker.log.count("plugin threw an exception"), 1u);
}

}  // namespace
}  // namespace gantry::kernel
