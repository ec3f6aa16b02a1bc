#include "plugins/schedule/schedule_config.h"

#include "options/describe.h"
#include "options/load.h"
#include "tests/unit/options/reference_page.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using testing::IsEmpty;

std::string mistakes(std::string text) {
  const auto schema = schedule_options();
  options::Loaded<ScheduleConfig> loaded;
  auto& [config, origins, report] = loaded;
  auto file = options::ConfigFile::parse(std::move(text), "schedule.toml", schema, report);
  file.fill(schema, config, "", origins, report);
  check_whole(schema, config, "", origins, report);
  return report.str();
}

TEST(ScheduleOptions, are_soundly_declared) {
  EXPECT_THAT(declaration_mistakes(schedule_options()), IsEmpty());
  EXPECT_EQ(mistakes(""), "");
}

TEST(ScheduleOptions, take_no_level_that_is_none) {
  EXPECT_EQ(mistakes("levels = \"1s 5\"\n"),
            "schedule.toml:1:1: levels: level 2 is \"5\": a whole number and one of s, m, h, d would be "
            "right, as in "
            "30s, and 3650d is the longest\n");
}

TEST(ScheduleOptions, have_the_names_of_apaches_configuration) {
  const auto schema = schedule_options();
  EXPECT_EQ(schema.find_alias("messageDelayLevel").option, schema.find("levels"));
  EXPECT_EQ(schema.find_alias("flushDelayOffsetInterval").option, schema.find("progress_interval"));
  EXPECT_NE(schema.find_without_effect("enableScheduleAsyncDeliver"), nullptr);
}

TEST(ScheduleOptions, are_in_the_reference_page_as_they_are_declared) {
  options::testing::expect_reference_page("schedule-options.md", describe_markdown(schedule_options()));
}

}  // namespace
}  // namespace gantry::schedule
