#include "plugins/store-mmap/log_files.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;

// A broker that was killed while it made the file had not come to the file's name yet.
TEST(LogFiles, keep_what_they_find_through_a_power_cut) {
  const std::string first = "data/commitlog/00000000000000000000";
  const auto story = [&](std::uint64_t seed) {
    SomeDisk disk(seed);
    LogFiles files(disk.files, {.directories = {"data/commitlog"}, .file_size = kPage});
    disk.files.make_directories("data/commitlog").value();
    disk.created(first)->allocate(kPage).value();

    std::vector<std::string> warnings;
    files.open(warnings).value();
    auto file = files.all().at(0)->file().value();
    file->write(0, "a message").value();
    file->sync().value();
    disk.files.power_cut();
    return disk.files.has(first);
  };
  EXPECT_THAT(outcomes(story), ElementsAre(true));
}

TEST(LogFiles, are_not_opened_with_one_that_is_too_short_for_messages) {
  SomeDisk disk(1);
  disk.files.make_directories("data/commitlog").value();
  disk.created("data/commitlog/00000000000000000000")->write(0, "torn").value();
  LogFiles files(disk.files, {.directories = {"data/commitlog"}, .file_size = kPage});
  std::vector<std::string> warnings;
  const auto opened = files.open(warnings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text,
            "data/commitlog/00000000000000000000: is 4 bytes long, too short for a file of the commit log. "
            "Bring it "
            "back from a copy; if what was in it is not needed, remove it");
}

TEST(LogFiles, are_named_by_places_that_can_be_counted_on_from) {
  EXPECT_EQ(parse_log_file_name("04611686018427387904"), std::int64_t{1} << 62);
  EXPECT_EQ(parse_log_file_name("04611686018427387905"), std::nullopt);
  EXPECT_EQ(parse_log_file_name("09223372036854775807"), std::nullopt);
}

}  // namespace
}  // namespace gantry::store
