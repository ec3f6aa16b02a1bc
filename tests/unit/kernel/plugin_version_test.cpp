#include "kernel/plugin_version.h"

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

TEST(PluginVersion, is_three_numbers_of_which_a_later_one_is_greater) {
  EXPECT_EQ(PluginVersion::parse("1.20.3")->str(), "1.20.3");
  EXPECT_LT(PluginVersion::parse("1.2.9"), PluginVersion::parse("1.10.0"));
  for (const std::string text :
       {"", "1", "1.2", "1.2.x", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "-1.2.3", "1.2.99999999999"})
    EXPECT_FALSE(PluginVersion::parse(text)) << text;
}

TEST(PluginNeed, is_a_name_with_or_without_the_least_version) {
  EXPECT_EQ(PluginNeed::parse("message-store")->str(), "message-store");
  EXPECT_EQ(PluginNeed::parse("schedule>=1.2.0")->str(), "schedule >= 1.2.0");
  EXPECT_EQ(PluginNeed::parse(" schedule  >=  1.2.0 ")->str(), "schedule >= 1.2.0");
  for (const std::string text : {"", "Schedule", "schedule >= 1", "schedule => 1.2.0", ">= 1.2.0", "a b"})
    EXPECT_FALSE(PluginNeed::parse(text)) << text;
}

}  // namespace
}  // namespace gantry::kernel
