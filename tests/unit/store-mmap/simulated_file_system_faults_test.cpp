#include "tests/unit/store-mmap/simulated_file_system.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using Call = SimulatedFileSystem::Call;
using Open = FileSystem::Open;

TEST(SimulatedFileSystem, fails_the_chosen_call_once_or_from_then_on) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  disk.files.fail(
      {.at = 1, .number = ENOSPC, .counts = [](Call call, const auto&) { return call == Call::sync; }});
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(file->write(0, "x"));
  EXPECT_FALSE(disk.files.fault_fired());
  EXPECT_EQ(file->sync().error().text, "cannot sync data/log: No space left on device");
  EXPECT_TRUE(disk.files.fault_fired());
  EXPECT_TRUE(file->sync());

  disk.files.fail({.from_then_on = true});
  EXPECT_EQ(file->sync().error().number, EIO);
  EXPECT_FALSE(disk.files.exists("data/log"));
  disk.files.mend();
  EXPECT_TRUE(file->sync());
}

TEST(SimulatedFileSystem, may_have_done_a_part_of_a_call_that_failed) {
  const auto written = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.created("data/log");
    disk.files.fail({});
    EXPECT_FALSE(file->write(0, "abcd"));
    return disk.files.text("data/log");
  });
  EXPECT_THAT(written, ElementsAre("", "a", "ab", "abc", "abcd"));
  const auto created = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    disk.files.fail({});
    EXPECT_FALSE(disk.files.open("data/log", Open::create));
    return disk.files.has("data/log");
  });
  EXPECT_EQ(created.size(), 2U);
  const auto removed = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    disk.created("data/log");
    disk.files.fail({});
    EXPECT_FALSE(disk.files.remove("data/log"));
    return disk.files.has("data/log");
  });
  EXPECT_EQ(removed.size(), 2U);
}

TEST(SimulatedFileSystem, forgets_after_a_failed_sync_what_it_did_not_write) {
  const auto left = outcomes([](std::uint64_t seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('a')).value();
    file->sync().value();
    file->write(0, page_of('b')).value();
    disk.files.fail({});
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(disk.files.text("data/log"), page_of('b'));
    const bool there = disk.files.durable("data/log", 0, kPage);
    const auto other = disk.files.after_power_cut(seed, disk.clock);
    disk.files.evict();
    EXPECT_EQ(disk.files.text("data/log"), other->text("data/log"));
    return std::pair(there, filler(other->text("data/log")));
  });
  EXPECT_THAT(left, ElementsAre(std::pair(false, 'a'), std::pair(true, 'b')));
}

TEST(SimulatedFileSystem, writes_what_a_failed_sync_lost_once_it_is_written_again) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeDisk disk(seed);
    const auto file = disk.durable_file("data/log");
    file->write(0, page_of('b')).value();
    disk.files.fail({});
    EXPECT_FALSE(file->sync());
    file->write(0, page_of('b')).value();
    file->sync().value();
    disk.files.power_cut();
    EXPECT_EQ(disk.files.text("data/log"), page_of('b'));
  }
}

TEST(SimulatedFileSystem, is_full_at_the_block_that_has_no_room) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  disk.files.set_room(2 * kPage + 100);
  EXPECT_EQ(file->write(10, page_of('a') + page_of('b') + page_of('c')).error().number, ENOSPC);
  EXPECT_EQ(disk.files.text("data/log").size(), 2 * kPage);
  EXPECT_TRUE(file->write(0, page_of('d'))) << "these blocks are there";
  EXPECT_EQ(disk.files.space("data").value().available, 100);

  disk.files.set_room(kPage);
  EXPECT_TRUE(file->write(2 * kPage, "x"));
}

TEST(SimulatedFileSystem, gives_an_allocation_only_in_part_when_it_is_full) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  disk.files.set_room(3 * kPage);
  EXPECT_EQ(file->allocate(5 * kPage).error().number, ENOSPC);
  EXPECT_EQ(file->size().value(), static_cast<std::int64_t>(3 * kPage));
  file->resize(0).value();
  EXPECT_TRUE(file->allocate(3 * kPage));
}

TEST(SimulatedFileSystem, gets_the_blocks_of_a_removed_file_back_when_nobody_has_it) {
  SomeDisk disk(1);
  auto file = disk.durable_file("data/log");
  file->allocate(4 * kPage).value();
  auto mapping = file->map().value();
  disk.files.remove("data/log").value();
  file.reset();
  EXPECT_EQ(disk.files.space("data").value().used, static_cast<std::int64_t>(4 * kPage));
  mapping.reset();
  EXPECT_EQ(disk.files.space("data").value().used, 0);
}

TEST(SimulatedFileSystem, takes_no_blocks_for_what_is_sparse) {
  SomeDisk disk(1);
  const auto file = disk.created("data/queue");
  file->resize(1 << 20).value();
  file->write(1 << 19, "x").value();
  EXPECT_EQ(disk.files.space("data").value().used, static_cast<std::int64_t>(kPage));
  EXPECT_EQ(file->next_data(0).value(), 1 << 19);
  EXPECT_EQ(file->next_data((1 << 19) + 10).value(), (1 << 19) + 10);
  EXPECT_EQ(file->next_data((1 << 19) + kPage).value(), 1 << 20);
}

TEST(SimulatedFileSystem, lets_time_pass_while_it_is_slow) {
  using namespace std::chrono_literals;
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  const auto before = disk.clock.now();
  disk.files.slow_down({.most_sync = 5s});
  file->write(0, "x").value();
  EXPECT_EQ(disk.clock.now(), before);
  file->sync().value();
  EXPECT_GT(disk.clock.now(), before);
  EXPECT_LE(disk.clock.now(), before + 5s);
}

TEST(SimulatedFileSystem, cannot_read_a_bad_sector) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  file->write(0, page_of('a') + page_of('b')).value();
  const auto mapping = file->map().value();
  EXPECT_FALSE(mapping->failed());
  disk.files.make_unreadable("data/log", kPage, kPage + 1);
  std::string read(kPage, '\0');
  EXPECT_TRUE(file->read(0, read));
  EXPECT_EQ(file->read(kPage, read).error().number, EIO);
  EXPECT_EQ(mapping->bring_in(kPage, 1).error().number, EIO);
  EXPECT_FALSE(mapping->resident(kPage, 1));
  EXPECT_EQ(mapping->bytes(kPage, 2), std::string_view("\0\0", 2));
  EXPECT_TRUE(mapping->failed());
  EXPECT_FALSE(mapping->resident(0, 1)) << "nothing of it can be trusted any more";

  const auto anew = file->map().value();
  EXPECT_TRUE(anew->bring_in(0, kPage));
  EXPECT_EQ(anew->bring_in(kPage, 1).error().number, EIO);
  EXPECT_FALSE(anew->failed());
}

TEST(SimulatedFileSystem, keeps_damage_that_was_done_to_it) {
  SomeDisk disk(1);
  disk.files.plant("data/log", "abc");
  disk.files.flip_bit("data/log", 1, 0);
  disk.files.overwrite("data/log", 2, "X");
  EXPECT_EQ(disk.files.text("data/log"), "acX");
  disk.files.power_cut();
  EXPECT_EQ(disk.files.text("data/log"), "acX");
  disk.files.lose("data/log");
  disk.files.power_cut();
  EXPECT_FALSE(disk.files.has("data/log"));
}

}  // namespace
}  // namespace gantry::store
