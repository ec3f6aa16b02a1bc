#include "disk/data_directory.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::disk {
namespace {

namespace fs = std::filesystem;
constexpr DataDirectory::Holder kBroker{.lock_file = "broker.lock", .what = "broker"};
using testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    std::string pattern = (fs::temp_directory_path() / "gantry-data-XXXXXX").string();
    parent = ::mkdtemp(pattern.data());
  }
  ~DataDirectoryTest() override { fs::remove_all(parent); }

  fs::path parent;
};

TEST_F(DataDirectoryTest, is_made_with_its_parents_and_held) {
  const auto held = DataDirectory::open(parent / "a" / "b", kBroker);
  ASSERT_TRUE(held);
  EXPECT_TRUE(fs::is_directory(parent / "a" / "b"));
  EXPECT_EQ(held->path(), parent / "a" / "b");
}

TEST_F(DataDirectoryTest, a_second_broker_is_refused_and_told_by_whom_until_the_first_lets_go) {
  std::optional<DataDirectory> first = DataDirectory::open(parent, kBroker).value();
  const auto second = DataDirectory::open(parent, kBroker);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text,
            "the data directory " + parent.string() + " is in use by another broker (process " +
                std::to_string(::getpid()) +
                "); stop that one, or give this one a directory of its own with data_dir");
  first.reset();
  EXPECT_TRUE(DataDirectory::open(parent, kBroker));
}

TEST_F(DataDirectoryTest, a_file_in_its_place_is_named_with_a_remedy) {
  std::ofstream(parent / "file") << "x";
  const auto opened = DataDirectory::open(parent / "file", kBroker);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text,
              testing::AllOf(HasSubstr((parent / "file").string()), HasSubstr("data_dir")));
}

}  // namespace
}  // namespace gantry::disk
