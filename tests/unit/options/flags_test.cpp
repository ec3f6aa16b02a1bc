#include "options/flags.h"

#include "tests/unit/options/sample_config.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Flags : public testing::Test {
 protected:
  Flags() { add_flags(app_, schema_, given_); }

  std::vector<std::string> parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    given_.clear();
    app_.parse(std::move(arguments));
    std::vector<std::string> out;
    for (const auto& [option, text] : given_) out.push_back(option + "|" + text);
    return out;
  }

  const Schema<SampleConfig> schema_ = sample_schema();
  CLI::App app_{"sample"};
  std::vector<FlagValue> given_;
};

TEST_F(Flags, are_collected_as_they_were_written) {
  EXPECT_THAT(parse({"--expiry", "5 parsecs", "--data-dir=/x", "--peers", "a,b", "--title", ""}),
              ElementsAre("expiry|5 parsecs", "title|", "data_dir|/x", "peers|a,b"));
  EXPECT_THAT(parse({}), ElementsAre());
}

TEST_F(Flags, for_true_or_false_may_stand_alone) {
  EXPECT_THAT(parse({"--ordered"}), ElementsAre("ordered|true"));
  EXPECT_THAT(parse({"--ordered", "--threads", "3"}), ElementsAre("ordered|true", "threads|3"));
  EXPECT_THAT(parse({"--ordered=false"}), ElementsAre("ordered|false"));
  EXPECT_THAT(parse({"--ordered", "false"}), ElementsAre("ordered|false"));
}

TEST_F(Flags, that_are_repeated_count_as_the_last) {
  EXPECT_THAT(parse({"--threads", "3", "--threads", "4"}), ElementsAre("threads|4"));
}

TEST_F(Flags, of_a_name_that_no_option_has_are_refused) {
  EXPECT_THROW(parse({"--expiri", "3s"}), CLI::ExtrasError);
  EXPECT_THROW(parse({"--threads"}), CLI::ParseError);
}

TEST_F(Flags, are_in_the_help_with_type_default_and_meaning) {
  const auto help = app_.help();
  EXPECT_THAT(help, HasSubstr("--expiry duration, 1s to 1d [\"2m\"]"));
  EXPECT_THAT(help, HasSubstr("Silence before removal."));
  EXPECT_THAT(help, HasSubstr("--data-dir path [/var/lib/sample, or so]"));
  EXPECT_THAT(help, HasSubstr("--token text [none]"));
}

}  // namespace
}  // namespace gantry::options
