#include "tests/unit/store-mmap/simulated_file_system.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::IsEmpty;
using Open = FileSystem::Open;

TEST(SimulatedFileSystem, shows_what_was_written_and_where_the_file_ends) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  const std::string hello = "hello", world = "world";
  const std::array<iovec, 2> pieces{iovec{const_cast<char*>(hello.data()), 5},
                                    iovec{const_cast<char*>(world.data()), 5}};
  file->write(kPage - 3, pieces).value();

  std::string read(20, 'x');
  EXPECT_EQ(file->read(kPage - 3, read).value(), 10U);
  EXPECT_EQ(read.substr(0, 10), "helloworld");
  EXPECT_EQ(file->read(0, std::span(read).first(2)).value(), 2U);
  EXPECT_EQ(read.substr(0, 2), std::string(2, '\0'));
  EXPECT_EQ(file->size().value(), static_cast<std::int64_t>(kPage) + 7);
  EXPECT_EQ(file->read(1 << 20, read).value(), 0U);
  EXPECT_EQ(disk.files.counts().written, 10);
}

TEST(SimulatedFileSystem, opens_lists_and_removes_as_posix_does) {
  SomeDisk disk(1);
  EXPECT_EQ(disk.files.open("data/none", Open::read).error().number, ENOENT);
  EXPECT_EQ(disk.files.open("data/none", Open::write).error().number, ENOENT);
  EXPECT_EQ(disk.files.open("nowhere/f", Open::create).error().number, ENOENT);
  EXPECT_EQ(disk.files.open("data", Open::read).error().number, EISDIR);
  disk.files.make_directories("data/b/c").value();
  disk.created("/data/a")->write(0, "12345").value();
  EXPECT_EQ(disk.files.make_directories("data/a/x").error().number, ENOTDIR);

  const auto entries = disk.files.list("data").value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[0].size, 5);
  EXPECT_EQ(entries[0].modified, disk.clock.date().time_since_epoch() / std::chrono::milliseconds(1));
  EXPECT_TRUE(entries[1].directory);
  EXPECT_THAT(disk.files.list("nowhere").value(), IsEmpty());

  disk.files.remove("data/a").value();
  disk.files.remove("data/a").value();
  EXPECT_FALSE(disk.files.exists("data/a").value());
  disk.created("data/b/c/d");
  disk.files.remove_directory("data/b").value();
  EXPECT_THAT(disk.files.all_files(), IsEmpty());
  EXPECT_EQ(disk.files.open("data/b/c/d", Open::read).error().text,
            "cannot open data/b/c/d: No such file or directory");
}

TEST(SimulatedFileSystem, does_not_write_through_a_file_opened_for_reading) {
  SomeDisk disk(1);
  disk.created("data/log");
  const auto file = disk.files.open("data/log", Open::read).value();
  EXPECT_EQ(file->write(0, "x").error().number, EBADF);
}

TEST(SimulatedFileSystem, shows_later_writes_through_a_mapping_at_the_same_address) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  file->resize(10).value();
  const auto mapping = file->map().value();
  const auto* at = mapping->bytes().data();
  file->write(1, "abc").value();
  EXPECT_EQ(mapping->bytes(1, 3), "abc");
  file->resize(1 << 20).value();
  file->write(1, "xyz").value();
  disk.files.remove("data/log").value();
  EXPECT_EQ(mapping->bytes(1, 3), "xyz");
  EXPECT_EQ(mapping->bytes().size(), 10U);
  EXPECT_EQ(mapping->bytes().data(), at);
}

TEST(SimulatedFileSystem, shows_zeros_when_a_file_is_cut_and_made_longer_again) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  file->write(0, page_of('a') + page_of('b')).value();
  file->resize(kPage / 2).value();
  file->resize(2 * kPage).value();
  const std::string text = disk.files.text("data/log");
  EXPECT_EQ(text.substr(0, kPage / 2), std::string(kPage / 2, 'a'));
  EXPECT_EQ(text.substr(kPage / 2), std::string(kPage + kPage / 2, '\0'));
}

TEST(SimulatedFileSystem, gives_a_lock_to_one_at_a_time) {
  SomeDisk disk(1);
  auto lock = disk.files.lock("data/lock").value();
  lock.reset();
  EXPECT_TRUE(disk.files.lock("data/lock"));
  disk.files.lock_elsewhere("data/lock");
  EXPECT_EQ(disk.files.lock("data/lock").error().number, EAGAIN);
  disk.files.unlock_elsewhere();
  EXPECT_TRUE(disk.files.lock("data/lock"));
}

TEST(SimulatedFileSystem, has_nothing_in_memory_after_it_was_switched_off) {
  SomeDisk disk(1);
  disk.durable_file("data/log")->write(0, page_of('a') + page_of('b')).value();
  disk.files.open("data/log", Open::write).value()->sync().value();
  disk.files.power_cut();
  const auto file = disk.files.open("data/log", Open::write).value();
  const auto mapping = file->map().value();
  std::string read(kPage, '\0');
  EXPECT_FALSE(mapping->resident(0, kPage));
  EXPECT_EQ(file->read_cached(0, read).value(), std::nullopt);
  mapping->bring_in(0, 1).value();
  EXPECT_TRUE(mapping->resident(0, kPage));
  EXPECT_EQ(file->read_cached(0, read).value(), kPage);
  EXPECT_FALSE(mapping->resident(0, kPage + 1));
  EXPECT_EQ(file->read(kPage, read).value(), kPage);
  EXPECT_TRUE(mapping->resident(0, 2 * kPage));
  disk.files.evict();
  EXPECT_FALSE(mapping->resident(0, 1));
}

}  // namespace
}  // namespace gantry::store
