#include "daemon/unexpected_flag.h"

#include "daemon/log_config.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace gantry::daemon {
namespace {

std::string said_of(std::vector<std::string> given) {
  options::Schema<LogConfig> schema;
  declare_log_options(schema);
  CLI::App app;
  app.allow_extras();
  app.parse(std::move(given));
  return why_unexpected(app, schema, {"--config"});
}

TEST(UnexpectedFlag, is_told_with_what_was_probably_meant) {
  EXPECT_EQ(said_of({"--log-levl"}), "--log-levl: unknown flag; nearest is --log-level");
  EXPECT_EQ(said_of({"--confg=x"}), "--confg: unknown flag; nearest is --config");
  EXPECT_EQ(said_of({"--hlep"}), "--hlep: unknown flag; nearest is --help");
  EXPECT_EQ(said_of({"--zzzzzzzzzzz"}), "--zzzzzzzzzzz: unknown flag; see --help");
  EXPECT_EQ(said_of({"broker.toml"}),
            "broker.toml: nothing is expected here; a configuration file is given with --config");
}

}  // namespace
}  // namespace gantry::daemon
