#include "options/file_format.h"

#include "tests/unit/options/sample_config.h"

#include <gtest/gtest.h>

namespace gantry::options {
namespace {

FileFormat guess(std::string_view text, std::string_view name = "x.conf") {
  return format_of(name, text, sample_schema());
}

TEST(FileFormatOf, follows_a_telling_name) {
  EXPECT_EQ(guess("listenPort=1\n", "x.toml"), FileFormat::toml);
  EXPECT_EQ(guess("[a]\n", "x.properties"), FileFormat::properties);
}

TEST(FileFormatOf, is_properties_when_the_keys_are_apaches) {
  EXPECT_EQ(guess("# comment\nlistenPort=9876\n"), FileFormat::properties);
  EXPECT_EQ(guess("roof.mode = rot\n"), FileFormat::properties);
  EXPECT_EQ(guess("workerThreads=8\n"), FileFormat::properties);
  EXPECT_EQ(guess("brokerRole=ASYNC_MASTER\n"), FileFormat::properties);
  EXPECT_EQ(guess("listenPort=1\nmaxIdleSeconds=3\nexpiry=3s\n"), FileFormat::properties);
}

TEST(FileFormatOf, is_toml_when_the_keys_are_ours_or_in_doubt) {
  EXPECT_EQ(guess("expiry = \"2m\"\n"), FileFormat::toml);
  EXPECT_EQ(guess("expiri = \"2m\"\n"), FileFormat::toml);
  EXPECT_EQ(guess("[plugins.ha]\nmode = 1\n"), FileFormat::toml);
  EXPECT_EQ(guess("  [ table ]\nlistenPort=1\n"), FileFormat::toml);
  EXPECT_EQ(guess(""), FileFormat::toml);
}

}  // namespace
}  // namespace gantry::options
