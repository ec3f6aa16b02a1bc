#include "kernel/broker_setup.h"

#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Setup : testing::Test {
  BrokerSetup read(const std::string& text) {
    file = folder.write("broker.toml", text);
    const std::vector<options::FlagValue> flags{{"plugin_path", sound_plugins().string()}};
    return read_setup(schema, file, flags);
  }

  // The report, with the file by its name alone.
  std::string report_of(const std::string& text) {
    auto said = read(text).report.str();
    for (std::size_t at = 0; (at = said.find(file.string(), at)) != std::string::npos;)
      said.replace(at, file.string().size(), "broker.toml");
    return said;
  }

  const options::Schema<BrokerConfig> schema = broker_schema();
  const TemporaryFolder folder;
  std::filesystem::path file;
};

TEST_F(Setup, names_ten_mistakes_at_once_each_with_its_line_and_what_would_be_right) {
  EXPECT_EQ(
      report_of("lisen = \"0.0.0.0:10911\"\n"
                "drain_timeout = 10\n"
                "offset_flush_interval = \"1ms\"\n"
                "log_level = \"chatty\"\n"
                "max_frame_size = \"64MB\"\n"
                "\n"
                "[plugins.answers]\n"
                "greting = \"hi\"\n"
                "patience = \"1m\"\n"
                "helpers = 9\n"
                "memory = true\n"
                "\n"
                "[plugins.evntful]\n"),
      "broker.toml:1:1: lisen: unknown option; nearest is listen\n"
      "broker.toml:2:17: drain_timeout = 10: not a duration; write e.g. \"120s\", \"2m\"\n"
      "broker.toml:3:25: offset_flush_interval = \"1ms\": out of range; accepted is 100ms to 1h\n"
      "broker.toml:4:13: log_level = \"chatty\": not one of the choices; write \"debug\", \"info\", \"warn\" "
      "or \"error\"\n"
      "broker.toml:5:18: max_frame_size = \"64MB\": not a size; write e.g. \"16MiB\", \"512KiB\"\n"
      "broker.toml:8:1: plugins.answers.greting: unknown option; nearest is greeting\n"
      "broker.toml:9:1: plugins.answers.patience: must be at most longest_patience; lower it or raise that\n"
      "broker.toml:10:11: plugins.answers.helpers = 9: out of range; accepted is 1 to 8\n"
      "broker.toml:11:10: plugins.answers.memory = true: not a size; write e.g. \"16MiB\", \"512KiB\"\n"
      "broker.toml:13:10: plugin evntful is not there: no libevntful.so in " +
          sound_plugins().string() + "; nearest is eventful\n");
}

TEST_F(Setup, without_a_file_has_no_plugins) {
  const auto setup = read_setup(schema, std::nullopt, {});
  EXPECT_TRUE(setup.report.ok());
  EXPECT_TRUE(setup.plugins.empty());
}

TEST_F(Setup, finds_plugins_below_the_home_directory) {
  setenv("HOME", sound_plugins().parent_path().c_str(), 1);
  BrokerConfig config;
  config.plugin_path = {"~/sound"};
  EXPECT_TRUE(search_of(config).find("eventful"));
}

TEST_F(Setup, is_printed_as_a_file_that_can_be_read_again_without_secrets) {
  const auto first = read(
      "broker_id = 3\n[plugins.eventful]\noptional = true\n[plugins.answers]\n"
      "greeting = \"ahoy\"\ntoken = \"abc\"\n");
  const auto printed = print_setup(schema, first);
  EXPECT_THAT(printed, HasSubstr("broker_id = 3  # " + file.string() + ":1\n"));
  EXPECT_THAT(printed, HasSubstr("\n[plugins.answers]\nenabled = true  # default\n"));
  EXPECT_THAT(printed, HasSubstr("greeting = \"ahoy\"  # " + file.string() + ":5\n"));
  EXPECT_THAT(printed, Not(HasSubstr("abc")));
  const auto again = read(printed);
  EXPECT_EQ(again.report.str(), "");
  EXPECT_EQ(again.config, first.config);
  ASSERT_EQ(again.plugins.size(), 2u);
  EXPECT_EQ(again.plugins[0].name + " " + again.plugins[1].name, "eventful answers");
  EXPECT_TRUE(again.plugins[0].optional);
}

TEST_F(Setup, has_a_json_schema_with_the_tables_of_its_plugins) {
  const auto setup = read("[plugins.answers]\n");
  const LoadedPlugin* plugin = &setup.plugins.at(0).loaded;
  const auto whole = boost::json::parse(json_schema(schema, {&plugin, 1})).as_object();
  EXPECT_EQ(whole.at("properties").at("listen").at("type"), "string");
  const auto& table = whole.at("properties").at("plugins").at("properties").at("answers").as_object();
  EXPECT_EQ(table.at("additionalProperties"), false);
  EXPECT_EQ(table.at("properties").at("helpers").at("maximum"), 8);
  EXPECT_EQ(table.at("properties").at("optional").at("default"), false);
  EXPECT_EQ(boost::json::parse(json_schema(*plugin)).at("properties"), table.at("properties"));
}

// GANTRY_UPDATE_DOCS=1 writes the file anew instead of comparing.
TEST_F(Setup, has_the_json_schema_that_stands_in_docs) {
  const std::string page = GANTRY_SOURCE_DIR "/docs/broker-schema.json";
  std::ostringstream content;
  content << std::ifstream(page).rdbuf();
  const auto text = json_schema(schema, {});
  if (std::getenv("GANTRY_UPDATE_DOCS") != nullptr)
    std::ofstream(page) << text;
  else
    EXPECT_EQ(content.str(), text)
        << page << " is not what the declarations say: GANTRY_UPDATE_DOCS=1 and this test write it anew";
}

}  // namespace
}  // namespace gantry::kernel
