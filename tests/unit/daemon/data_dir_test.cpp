#include "daemon/data_dir.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace gantry::daemon {
namespace {

TEST(DefaultDataDir, is_below_the_home_directory_or_that_of_a_service) {
  setenv("HOME", "/a/home", 1);
  EXPECT_EQ(default_data_dir("broker"), "/a/home/.gantry/broker");
  setenv("HOME", "", 1);
  EXPECT_EQ(default_data_dir("broker"), "/var/lib/gantry/broker");
  unsetenv("HOME");
  EXPECT_EQ(default_data_dir("broker"), "/var/lib/gantry/broker");
}

}  // namespace
}  // namespace gantry::daemon
