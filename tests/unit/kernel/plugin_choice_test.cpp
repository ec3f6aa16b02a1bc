#include "kernel/plugin_choice.h"

#include "kernel/broker_config.h"
#include "tests/unit/kernel/test_plugins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Choice {
  std::vector<std::string> names;
  std::vector<ChosenPlugin> plugins;
  options::Origins origins;
  std::string report;
};

Choice chosen(const std::string& text, const StandardPlugins& standard = {},
              const std::string& file_name = "broker.toml") {
  options::Report report;
  Choice choice;
  auto file = options::ConfigFile::parse(text, file_name, broker_schema(), report);
  choice.plugins = choose_plugins(file, PluginSearch({sound_plugins(), wrong_plugins()}), choice.origins,
                                  report, standard);
  // What nobody knows of Apache's keys is told by the one who has asked all (broker_setup).
  if (!file.is_apaches()) file.report_unknown_tables(report);
  for (const auto& plugin : choice.plugins) choice.names.push_back(plugin.name);
  choice.report = report.str();
  return choice;
}

TEST(PluginChoice, is_every_plugin_that_has_a_table_in_the_order_of_their_needs) {
  const auto choice = chosen("[plugins.follower]\n[plugins.answers]\n[plugins.eventful]\n");
  EXPECT_EQ(choice.report, "");
  EXPECT_THAT(choice.names, ElementsAre("eventful", "follower", "answers"));
  EXPECT_EQ(chosen("").report, "");
}

TEST(PluginChoice, fills_the_plugins_options_beside_the_switches) {
  const auto choice = chosen("[plugins.eventful]\nfails_in = \"start\"\noptional = true\n");
  EXPECT_EQ(choice.report, "");
  ASSERT_EQ(choice.plugins.size(), 1u);
  const auto& plugin = choice.plugins.front();
  EXPECT_TRUE(plugin.optional);
  EXPECT_EQ(plain_text(plugin.loaded.options->find("fails_in")->get(plugin.config.get())), "start");
  EXPECT_EQ(choice.origins.of("plugins.eventful.fails_in"), "broker.toml:2");
}

TEST(PluginChoice, leaves_a_switched_off_plugin_alone_with_its_options) {
  const auto choice =
      chosen("[plugins.nowhere]\nenabled = false\nanything = 1\n[plugins.nowhere.deeper]\nx = 1\n");
  EXPECT_EQ(choice.report, "");
  EXPECT_THAT(choice.names, IsEmpty());
}

TEST(PluginChoice, names_what_is_missing_wrong_or_unsound_with_its_place) {
  EXPECT_EQ(chosen("[plugins.evntful]\nx = 1\n").report,
            "broker.toml:1:10: plugin evntful is not there: no libevntful.so in " + sound_plugins().string() +
                ", " + wrong_plugins().string() + "; nearest is eventful\n");
  EXPECT_EQ(chosen("[plugins.newer-api]\n").report,
            "broker.toml:1:10: plugin newer-api was built for plugin API 1, this broker has 0; rebuild it "
            "against this broker's SDK (" +
                library(wrong_plugins(), "newer-api").string() + ")\n");
  EXPECT_EQ(chosen("[plugins.Bad_Name]\n").report,
            "broker.toml:1:10: plugin Bad_Name is no plugin's name; they are lower case letters, digits and "
            "dashes\n");
}

TEST(PluginChoice, names_an_unknown_option_and_a_wrong_unit_of_a_plugin) {
  EXPECT_EQ(
      chosen("[plugins.answers]\ngreting = \"hi\"\npatience = \"3 parsecs\"\nmemory = \"3MB\"\n").report,
      "broker.toml:2:1: plugins.answers.greting: unknown option; nearest is greeting\n"
      "broker.toml:3:12: plugins.answers.patience = \"3 parsecs\": not a duration; write e.g. \"120s\", "
      "\"2m\"\n"
      "broker.toml:4:10: plugins.answers.memory = \"3MB\": not a size; write e.g. \"16MiB\", \"512KiB\"\n");
  EXPECT_EQ(
      chosen("[plugins.answers]\nenabld = true\noptional = 1\n").report,
      "broker.toml:2:1: plugins.answers.enabld: unknown option; nearest is enabled\n"
      "broker.toml:3:12: plugins.answers.optional = 1: not a boolean; write true or false, without quotes\n");
}

TEST(PluginChoice, checks_what_only_the_whole_can_tell) {
  EXPECT_EQ(chosen("[plugins.answers]\npatience = \"1m\"\n").report,
            "broker.toml:2:1: plugins.answers.patience: must be at most longest_patience; lower it or raise "
            "that\n");
}

TEST(PluginChoice, names_unmet_needs_double_provides_and_circles_with_their_places) {
  EXPECT_EQ(
      chosen("[plugins.follower]\n").report,
      "broker.toml:1:10: plugin follower needs eventful >= 1.0.0, which no enabled plugin provides; add "
      "[plugins.eventful], which does\n");
  EXPECT_EQ(
      chosen("[plugins.modern]\n[plugins.eventful]\n").report,
      "broker.toml:1:10: plugin modern needs eventful >= 2.0.0, but plugin eventful is 1.2.0; install a "
      "newer one\n");
  EXPECT_EQ(
      chosen("[plugins.eventful]\n[plugins.follower]\n[plugins.second-follower]\n").report,
      "broker.toml:3:10: plugin second-follower provides following, as does plugin follower; only one of "
      "them can be enabled\n");
  EXPECT_EQ(
      chosen("[plugins.egg]\n[plugins.hen]\n").report,
      "broker.toml:1:10: plugin egg is in a circle of needs: egg needs hen needs egg; none of them could be "
      "first\n");
}

TEST(PluginChoice, goes_on_without_optional_plugins_that_are_missing_and_warns) {
  const auto choice =
      chosen("[plugins.gone]\noptional = true\n[plugins.eventful]\n[plugins.lonely]\noptional = true\n");
  EXPECT_THAT(choice.names, ElementsAre("eventful"));
  EXPECT_EQ(
      choice.report,
      "warning: broker.toml:1:10: plugin gone is not there: no libgone.so in " + sound_plugins().string() +
          ", " + wrong_plugins().string() +
          "; install it, or set plugin_path; it is optional, and the broker goes on without it\n"
          "warning: broker.toml:4:10: plugin lonely needs friend-of-nobody, which no enabled plugin "
          "provides, nor any other that was found; it is optional, and the broker goes on without it\n");
}

using When = StandardPlugins::When;

TEST(PluginChoice, enables_standard_plugins_without_a_table_for_them) {
  const StandardPlugins standard{.names = {"follower", "shelf", "eventful"}, .when = When::always};
  const auto choice = chosen("[plugins.answers]\n", standard);
  EXPECT_EQ(choice.report, "");
  EXPECT_THAT(choice.names, ElementsAre("answers", "eventful", "follower", "shelf"));
}

TEST(PluginChoice, lets_a_table_configure_a_standard_plugin_or_switch_it_off) {
  const StandardPlugins standard{.names = {"shelf", "answers", "eventful"}, .when = When::always};
  const auto choice =
      chosen("[plugins.answers]\ngreeting = \"hi\"\n[plugins.eventful]\nenabled = false\n", standard);
  EXPECT_EQ(choice.report, "");
  EXPECT_THAT(choice.names, ElementsAre("answers", "shelf"));
  EXPECT_EQ(choice.origins.of("plugins.answers.greeting"), "broker.toml:2");
}

TEST(PluginChoice, goes_on_without_a_standard_plugin_that_is_not_there_and_warns) {
  const auto choice = chosen("", {.names = {"shelf", "gone"}, .when = When::always});
  EXPECT_THAT(choice.names, ElementsAre("shelf"));
  EXPECT_EQ(choice.report,
            "warning: plugin gone is not there, and the broker goes on without it: no libgone.so in " +
                sound_plugins().string() + ", " + wrong_plugins().string() +
                "; install it, or set plugin_path\n");
}

TEST(PluginChoice, refuses_a_standard_plugin_that_was_built_for_another_broker) {
  EXPECT_THAT(chosen("", {.names = {"shelf", "newer-api"}, .when = When::always}).report,
              testing::StartsWith("plugin newer-api was built for plugin API 1, this broker has 0"));
}

TEST(PluginChoice, of_standard_plugins_must_have_a_message_store) {
  EXPECT_EQ(chosen("", {.names = {"eventful"}, .when = When::always}).report,
            "no plugin is a message store, and without one there is nothing to start\n");
}

TEST(PluginChoice, with_a_file_of_apaches_is_the_standard_plugins_with_what_they_know_of_it) {
  const StandardPlugins standard{.names = {"shelf", "answers"}, .when = When::with_apaches_file};
  EXPECT_THAT(chosen("", standard).names, IsEmpty());
  const auto greeting_of = [&](const std::string& text) {
    const auto choice = chosen("brokerName=a\n" + text, standard, "broker.conf");
    EXPECT_EQ(choice.report, "");
    EXPECT_THAT(choice.names, ElementsAre("shelf", "answers"));
    const auto& plugin = choice.plugins.back();
    return plain_text(plugin.loaded.options->find("greeting")->get(plugin.config.get())) + " of " +
           choice.origins.of("plugins.answers.greeting");
  };
  EXPECT_EQ(greeting_of(""), "good day of broker.conf, Apache's default");
  EXPECT_EQ(greeting_of("answerGreeting=hi\n"), "hi of broker.conf:2");
  EXPECT_EQ(greeting_of("plugins.answers.greeting=ahoy\n"), "ahoy of broker.conf:2");
}

TEST(PluginChoice, lets_a_file_of_apaches_switch_a_standard_plugin_off) {
  const StandardPlugins standard{.names = {"shelf", "answers"}, .when = When::with_apaches_file};
  EXPECT_THAT(chosen("brokerName=a\nplugins.answers.enabled=false\n", standard, "broker.conf").names,
              ElementsAre("shelf"));
}

TEST(PluginChoice, tells_a_plugins_table_outside_of_plugins_where_it_belongs) {
  EXPECT_EQ(chosen("[plugin.eventful]\n").report,
            "broker.toml:1:2: [plugin]: unknown table; nearest is plugins\n");
  EXPECT_EQ(chosen("[plugins]\nx = 1\n").report, "broker.toml:2:1: plugins.x: unknown option\n");
}

}  // namespace
}  // namespace gantry::kernel
