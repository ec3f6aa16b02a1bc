#include "remoting/bodies/data_version.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

DataVersion read(std::string text) {
  DataVersion version;
  EXPECT_TRUE(read_json(text, version).has_value());
  return version;
}

TEST(DataVersion, compares_all_its_numbers) {
  const auto version = read(R"({"counter":3,"timestamp":1700000000000})");
  EXPECT_EQ(version, (DataVersion{.counter = 3, .timestamp = 1700000000000}));
  EXPECT_NE(version, read(R"({"counter":4,"timestamp":1700000000000})"));
  EXPECT_NE(version, read(R"({"counter":3,"timestamp":1700000000001})"));
  EXPECT_NE(version, read(R"({"counter":3,"stateVersion":1,"timestamp":1700000000000})"));
}

TEST(DataVersion, without_a_state_version_equals_the_one_with_zero) {
  EXPECT_EQ(read(R"({"counter":3})"), read(R"({"counter":3,"stateVersion":0})"));
}

TEST(DataVersion, is_written_with_a_state_version_only_when_it_came_with_one) {
  EXPECT_EQ(to_json(DataVersion{.counter = 3, .timestamp = 5}), R"({"counter":3,"timestamp":5})");
  EXPECT_EQ(to_json(read(R"({"counter":3,"stateVersion":0,"timestamp":5})")),
            R"({"counter":3,"stateVersion":0,"timestamp":5})");
}

}  // namespace
}  // namespace gantry::remoting
