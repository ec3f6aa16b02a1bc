#include "plugins/store-mmap/store_config.h"

#include "options/describe.h"
#include "options/load.h"
#include "tests/unit/options/reference_page.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

options::Loaded<StoreConfig> load_text(std::string text) {
  const auto schema = store_options();
  options::Loaded<StoreConfig> loaded;
  auto& [config, origins, report] = loaded;
  auto file = options::ConfigFile::parse(std::move(text), "store.toml", schema, report);
  file.fill(schema, config, "", origins, report);
  check_whole(schema, config, "", origins, report);
  return loaded;
}

TEST(StoreOptions, are_soundly_declared) {
  EXPECT_THAT(declaration_mistakes(store_options()), IsEmpty());
}

TEST(StoreOptions, have_defaults_that_go_together_and_lose_no_acknowledged_message) {
  const auto loaded = load_text("");
  EXPECT_EQ(loaded.report.str(), "");
  EXPECT_EQ(loaded.config.flush, Flush::sync);
  EXPECT_EQ(loaded.config.on_damage, OnDamage::stop);
  EXPECT_EQ(loaded.config.give_up_after, std::chrono::seconds(5)) << "as long as Apache's syncFlushTimeout";
}

TEST(StoreOptions, say_what_an_acknowledged_message_is_worth) {
  const auto cost_of = [](const std::string& text) {
    return durability_of(load_text(text).config).power_cut;
  };
  EXPECT_EQ(cost_of(""), "no message that was acknowledged");
  EXPECT_EQ(
      cost_of("flush = \"async\"\nflush_interval = \"200ms\"\n"),
      "the messages of the last 200ms, of a trickle those of the last 10200ms; a crash of the broker costs "
      "none");
  EXPECT_EQ(
      cost_of("flush = \"pool\"\n"),
      "the messages of the last 700ms, of a trickle those of the last 10700ms; a crash of the broker those "
      "of the last 200ms");
}

TEST(StoreOptions, must_go_together) {
  EXPECT_EQ(
      load_text("retention_hours = [\"4\", \"24\"]\ndisk_warn_percent = 80\ndisk_force_percent = 70\n"
                "disk_refuse_percent = 60\ncommit_log_file_size = \"1MiB\"\nmax_message_size = \"1MiB\"\n")
          .report.str(),
      "store.toml:1:1: retention_hours: \"24\" is no hour of the day: \"0\" to \"23\" are\n"
      "store.toml:3:1: disk_force_percent: must not be less than disk_warn_percent (80)\n"
      "store.toml:4:1: disk_refuse_percent: must not be less than disk_force_percent (70)\n"
      "store.toml:5:1: commit_log_file_size: must hold a message of max_message_size (1MiB) and 64KiB "
      "more\n");
}

TEST(StoreOptions, say_when_files_of_the_log_go) {
  const auto loaded =
      load_text("retention_age = \"24h\"\nretention_hours = [\"3\", \"15\"]\nforce_clean = false\n");
  const RetentionSettings settings = retention_settings(loaded.config);
  EXPECT_EQ(settings.age, std::chrono::hours(24));
  EXPECT_THAT(settings.hours, ElementsAre(3, 15));
  EXPECT_FALSE(settings.force);
}

TEST(StoreOptions, are_in_the_reference_page_as_they_are_declared) {
  options::testing::expect_reference_page("store-options.md", describe_markdown(store_options()));
}

}  // namespace
}  // namespace gantry::store
