#include "disk/files.h"

#include "tests/unit/disk/simulated_disk.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::disk {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kOld = "the old content";
const std::string kNew = "what is written instead, and longer";

TEST(ReplaceFile, is_durable_when_it_says_so) {
  SimulatedDisk disk;
  disk.plant("d/file", kOld);
  ASSERT_TRUE(replace_file(disk, "d/file", kNew));
  EXPECT_THAT(disk.texts_after_power_cut("d/file"), ElementsAre(kNew));
  EXPECT_TRUE(disk.all_closed());
}

TEST(ReplaceFile, writes_on_after_short_writes) {
  SimulatedDisk disk({.write_at_most = 3});
  ASSERT_TRUE(replace_file(disk, "d/file", kNew));
  EXPECT_EQ(disk.text("d/file"), kNew);
}

class ReplaceFileFault : public testing::TestWithParam<bool> {};

TEST_P(ReplaceFileFault, at_any_call_leaves_the_old_or_the_new_content_and_says_what_failed) {
  for (int nth = 0;; ++nth) {
    SimulatedDisk disk;
    disk.plant("d/file", kOld);
    disk.fail_from_now({.fail_at = nth, .keeps_failing = GetParam(), .write_at_most = 7});
    const auto replaced = replace_file(disk, "d/file", kNew);
    EXPECT_TRUE(disk.all_closed()) << "call " << nth;
    EXPECT_THAT(disk.texts_after_power_cut("d/file"), Each(testing::AnyOf(kOld, kNew))) << "call " << nth;
    if (!disk.fault_fired()) {
      EXPECT_TRUE(replaced);
      break;
    }
    ASSERT_FALSE(replaced) << "call " << nth;
    EXPECT_THAT(replaced.error().text, testing::AllOf(HasSubstr("cannot"), HasSubstr("Input/output error")));
    const bool only_the_directory = replaced.error().text.find("directory") != std::string::npos;
    EXPECT_EQ(disk.text("d/file"), only_the_directory ? kNew : kOld) << "call " << nth;

    disk.fail_from_now({});
    ASSERT_TRUE(replace_file(disk, "d/file", kNew)) << "the disk works again";
    EXPECT_THAT(disk.texts_after_power_cut("d/file"), ElementsAre(kNew));
  }
}

INSTANTIATE_TEST_SUITE_P(once_and_from_then_on, ReplaceFileFault, testing::Bool());

class PosixFilesTest : public testing::Test {
 protected:
  PosixFilesTest() {
    std::string pattern = (fs::temp_directory_path() / "gantry-files-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
  }
  ~PosixFilesTest() override { fs::remove_all(directory); }

  fs::path directory;
  PosixFiles files;
};

TEST_F(PosixFilesTest, reads_back_what_was_replaced) {
  const fs::path file = directory / "file";
  EXPECT_FALSE(files.read(file).value().has_value());
  const std::string large(200'000, 'x');
  for (const std::string& text : {kOld, large, kNew}) {
    ASSERT_TRUE(replace_file(files, file, text));
    EXPECT_EQ(files.read(file).value(), text);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), fs::directory_iterator()), 1);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PosixFilesTest, names_the_file_and_the_reason_when_the_directory_is_missing) {
  const auto replaced = replace_file(files, directory / "no" / "file", kNew);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().text,
            "cannot create " + (directory / "no" / "file.new").string() + ": No such file or directory");
}

TEST_F(PosixFilesTest, a_directory_in_its_place_is_an_error_and_nothing_is_left_behind) {
  fs::create_directory(directory / "file");
  EXPECT_FALSE(replace_file(files, directory / "file", kNew));
  EXPECT_FALSE(fs::exists(directory / "file.new"));
}

TEST_F(PosixFilesTest, does_not_follow_a_link_planted_where_the_new_file_is_written) {
  fs::create_symlink(directory / "elsewhere", directory / "file.new");
  EXPECT_FALSE(replace_file(files, directory / "file", kNew));
  EXPECT_FALSE(fs::exists(directory / "elsewhere"));
}

}  // namespace
}  // namespace gantry::disk
