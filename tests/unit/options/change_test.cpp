#include "options/change.h"

#include "tests/unit/options/sample_config.h"

#include <gtest/gtest.h>

namespace gantry::options {
namespace {

std::string text_of(const Change& change) {
  return change.option + ": " + change.from + " to " + change.to;
}

std::string refusal_of(std::string_view option, std::string_view text, SampleConfig config = {}) {
  const auto change = change_option(sample_schema(), &config, option, text);
  return change ? "done" : change.error().text;
}

TEST(Change, of_one_option_tells_what_it_was_and_is) {
  SampleConfig config;
  const auto change = change_option(sample_schema(), &config, "expiry", "90s");
  ASSERT_TRUE(change);
  EXPECT_EQ(text_of(*change), "expiry: \"2m\" to \"90s\"");
  EXPECT_EQ(config.expiry, std::chrono::seconds(90));
}

TEST(Change, is_refused_with_what_would_be_right) {
  EXPECT_EQ(refusal_of("expirie", "90s"), "expirie: unknown option; nearest is expiry");
  EXPECT_EQ(refusal_of("zzzzzzzzz", "90s"), "zzzzzzzzz: unknown option");
  EXPECT_EQ(refusal_of("title", "x"),
            "title: cannot change while running; set it in the configuration file and restart");
  EXPECT_EQ(refusal_of("threads", "65"), "threads = 65: out of range; accepted is 1 to 64");
  SampleConfig ordered;
  ordered.ordered = true;
  EXPECT_EQ(refusal_of("threads", "33", ordered),
            "threads: must be at most 32 when ordered is true; lower it or write ordered = false");
}

TEST(Change, differences_are_told_apart_by_whether_they_need_a_restart) {
  const auto schema = sample_schema();
  SampleConfig running, fresh;
  fresh.threads = 8;
  fresh.title = "other";
  fresh.token = "secret";
  const auto found = differences(schema, &running, &fresh);
  ASSERT_EQ(found.changeable.size(), 1u);
  EXPECT_EQ(text_of(found.changeable[0]), "threads: 4 to 8");
  ASSERT_EQ(found.by_restart.size(), 2u);
  EXPECT_EQ(text_of(found.by_restart[0]), "title: \"sample\" to \"other\"");
  EXPECT_EQ(text_of(found.by_restart[1]), "token: *** to ***");
  ASSERT_TRUE(take_changeable(schema, &running, &fresh));
  EXPECT_EQ(running.threads, 8);
  EXPECT_EQ(running.title, "sample");
}

TEST(Change, is_not_taken_over_when_it_contradicts_what_stays) {
  const auto schema = sample_schema();
  SampleConfig running, fresh;
  running.threads = 40;
  fresh.threads = 40;
  fresh.ordered = true;
  const auto taken = take_changeable(schema, &running, &fresh);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().text,
            "threads: must be at most 32 when ordered is true; lower it or write ordered = false");
}

}  // namespace
}  // namespace gantry::options
