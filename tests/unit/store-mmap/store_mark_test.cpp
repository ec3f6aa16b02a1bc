#include "plugins/store-mmap/store_mark.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <cerrno>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

TEST(StoreLock, is_held_until_it_goes_and_leaves_what_apache_writes_there) {
  SomeDisk disk(1);
  std::optional<StoreLock> held = StoreLock::take(disk.files, "data/store").value();
  EXPECT_EQ(disk.files.text("data/store/lock"), "lock");
  EXPECT_FALSE(StoreLock::take(disk.files, "data/store"));
  held.reset();
  EXPECT_TRUE(StoreLock::take(disk.files, "data/store"));
}

TEST(StoreLock, tells_a_second_broker_what_to_do_and_touches_nothing) {
  SomeDisk disk(1);
  disk.files.plant("data/store/lock", "lock");
  disk.files.lock_elsewhere("data/store/lock");
  const auto before = disk.files.counts().written;
  const auto taken = StoreLock::take(disk.files, "data/store");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().number, EAGAIN);
  EXPECT_EQ(taken.error().text,
            "the store directory data/store is in use by another broker, which has locked data/store/lock. "
            "Stop that one, or give this one a directory of its own with [plugins.store-mmap] dir. Nothing "
            "in it was touched");
  EXPECT_EQ(disk.files.counts().written, before);
  disk.files.unlock_elsewhere();
  EXPECT_TRUE(StoreLock::take(disk.files, "data/store"));
}

TEST(StoreLock, is_taken_on_a_full_disk_that_has_the_file) {
  SomeDisk disk(1);
  disk.files.plant("data/store/lock", "lock");
  disk.files.set_room(0);
  EXPECT_TRUE(StoreLock::take(disk.files, "data/store"));
  EXPECT_EQ(disk.files.counts().written, 0);  // where files are not written in place that would need room
}

TEST(StoreLock, gives_every_other_error_as_it_is) {
  for (std::int64_t nth = 0;; ++nth) {
    SomeDisk disk(static_cast<std::uint64_t>(nth));
    disk.files.fail({.at = nth, .number = EIO});
    const auto taken = StoreLock::take(disk.files, "data/store");
    if (!disk.files.fault_fired()) {
      EXPECT_TRUE(taken);
      EXPECT_GT(nth, 2);
      break;
    }
    ASSERT_FALSE(taken) << nth;
    EXPECT_EQ(taken.error().number, EIO);
  }
}

TEST(AbortMark, says_whether_the_last_exit_was_clean) {
  SomeDisk disk(1);
  const AbortMark mark(disk.files, "data");
  EXPECT_EQ(mark.last_exit().value(), LastExit::clean);
  mark.set().value();
  EXPECT_EQ(mark.last_exit().value(), LastExit::unclean);
  EXPECT_EQ(disk.files.text("data/abort"), "");
  mark.clear().value();
  EXPECT_EQ(mark.last_exit().value(), LastExit::clean);
  mark.clear().value();
}

TEST(AbortMark, takes_the_one_that_a_newer_broker_of_apache_left) {
  SomeDisk disk(1);
  disk.files.plant("data/abort", "4711");
  EXPECT_EQ(AbortMark(disk.files, "data").last_exit().value(), LastExit::unclean);
}

TEST(AbortMark, is_there_after_a_power_cut_once_set_and_not_once_cleared) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeDisk disk(seed);
    const AbortMark mark(disk.files, "data");
    mark.set().value();
    disk.files.power_cut();
    ASSERT_EQ(mark.last_exit().value(), LastExit::unclean) << "seed " << seed;
    mark.clear().value();
    disk.files.power_cut();
    ASSERT_EQ(mark.last_exit().value(), LastExit::clean) << "seed " << seed;
  }
}

// One that a crashed start made, and whose name never reached the disk.
TEST(AbortMark, is_made_durable_even_when_it_is_there_already) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeDisk disk(seed);
    disk.created("data/abort");
    const AbortMark mark(disk.files, "data");
    mark.set().value();
    disk.files.power_cut();
    ASSERT_EQ(mark.last_exit().value(), LastExit::unclean) << "seed " << seed;
  }
}

TEST(AbortMark, says_yes_only_when_every_call_went_well) {
  for (std::int64_t nth = 0;; ++nth) {
    SomeDisk disk(static_cast<std::uint64_t>(nth));
    disk.files.fail({.at = nth, .number = EIO});
    const AbortMark mark(disk.files, "data");
    const bool well = mark.set() && mark.clear();
    ASSERT_NE(well, disk.files.fault_fired()) << nth;
    if (well) break;
  }
}

}  // namespace
}  // namespace gantry::store
