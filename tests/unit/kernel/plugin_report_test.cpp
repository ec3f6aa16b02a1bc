#include "kernel/plugin_report.h"

#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

TEST(PluginReport, lists_what_was_found_with_its_state_and_why_not) {
  const TemporaryFolder folder;
  const auto hidden = folder.write("libanswers.so", "");
  const PluginSearch search({sound_plugins(), wrong_plugins(), folder.path()});
  const std::vector<ChosenPlugin> enabled{{.name = "answers"}};
  const auto list = list_plugins(search, enabled);
  EXPECT_THAT(list, HasSubstr("answers 1.0.0  [enabled]\n    Answers requests of its own.\n    " +
                              library(sound_plugins(), "answers").string() + "\n"));
  EXPECT_THAT(list,
              HasSubstr("answers  [hidden]\n    another directory of plugin_path comes first and has it too\n"
                        "    " +
                        hidden.string() + "\n"));
  EXPECT_THAT(list, HasSubstr("eventful 1.2.0  [not enabled]\n"));
  EXPECT_THAT(
      list, HasSubstr("newer-api  [cannot be loaded]\n    was built for plugin API 1, this broker has 0; "));
  EXPECT_THAT(list, HasSubstr("no-plugin  [cannot be loaded]\n    exports no plugin; is it one at all?"));
  EXPECT_EQ(list_plugins(PluginSearch({"/nowhere"}), {}),
            "no plugins were found; plugin_path says where they are looked for\n");
}

TEST(PluginReport, describes_a_plugin_as_text_and_as_json) {
  const auto loaded = load(look_at(library(sound_plugins(), "answers")));
  ASSERT_TRUE(loaded) << loaded.error().text;
  const auto& plugin = *loaded;
  EXPECT_THAT(describe_plugin(plugin),
              HasSubstr("answers 1.0.0\n"
                        "Answers requests of its own.\n"
                        "\n"
                        "provides  greetings\n"
                        "licence   Apache-2.0\n"
                        "homepage  https://gantry.example/answers\n"
                        "\n"
                        "Options, in the configuration file under [plugins.answers]:\n"
                        "\n"
                        "greeting  (default: \"hello\")\n"
                        "    What is answered.\n"));
  const auto json = boost::json::parse(describe_plugin_json(plugin)).as_object();
  EXPECT_EQ(json.at("name"), "answers");
  EXPECT_EQ(json.at("provides").at(0), "greetings");
  const auto& greeting = json.at("options").at(0).as_object();
  EXPECT_EQ(greeting.at("name"), "greeting");
  EXPECT_EQ(greeting.at("default"), "hello");
  EXPECT_EQ(greeting.at("changes"), "while running");
}

}  // namespace
}  // namespace gantry::kernel
