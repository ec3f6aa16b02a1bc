#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/store-mmap/small_tmpfs.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using Open = FileSystem::Open;

constexpr std::int64_t kDisk = 1 << 20;

TEST(PosixFileSystemFull, says_so_for_what_was_to_be_written_and_goes_on_when_there_is_room_again) {
  const SmallTmpfs disk(kDisk);
  GANTRY_SKIP_UNLESS_MADE(disk);
  PosixFileSystem files;
  const auto path = disk.path() / "log";
  const auto file = files.open(path, Open::create).value();
  const auto ballast = files.open(disk.path() / "ballast", Open::create).value();
  ballast->allocate(kDisk / 2).value();
  file->write(0, std::string(kDisk / 4, 'x')).value();

  const auto full = file->write(kDisk / 4, std::string(kDisk / 2, 'y'));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().number, ENOSPC);
  EXPECT_EQ(full.error().text,
            "cannot write 524288 bytes at 262144 of " + path.string() + ": No space left on device");
  std::string read(1, '-');
  EXPECT_EQ(file->read(kDisk / 4 - 1, read).value(), 1U);
  EXPECT_EQ(read, "x");

  ballast->resize(0).value();
  file->write(kDisk / 4, std::string(kDisk / 2, 'y')).value();
}

TEST(PosixFileSystemFull, does_not_allocate_what_is_not_there) {
  const SmallTmpfs disk(kDisk);
  GANTRY_SKIP_UNLESS_MADE(disk);
  PosixFileSystem files;
  const auto path = disk.path() / "log";
  const auto allocated = files.open(path, Open::create).value()->allocate(kDisk * 2);
  ASSERT_FALSE(allocated);
  EXPECT_EQ(allocated.error().number, ENOSPC);
  EXPECT_EQ(allocated.error().text,
            "cannot allocate 2097152 bytes for " + path.string() + ": No space left on device");
}

TEST(PosixFileSystemFull, never_faults_a_reader_whose_file_was_allocated) {
  const SmallTmpfs disk(kDisk);
  GANTRY_SKIP_UNLESS_MADE(disk);
  PosixFileSystem files;
  const auto file = files.open(disk.path() / "log", Open::create).value();
  file->allocate(kDisk / 2).value();
  const auto mapping = file->map().value();
  const auto rest = files.open(disk.path() / "rest", Open::create).value();
  EXPECT_EQ(rest->write(0, std::string(kDisk, 'x')).error().number, ENOSPC);
  file->write(100, "there").value();
  EXPECT_EQ(mapping->bytes(100, 5), "there");
  // This file system zeroes no ranges itself, so that zeros are written: also now.
  file->zero(0, kDisk / 2).value();
  EXPECT_EQ(mapping->bytes(100, 5), std::string(5, '\0'));
  EXPECT_FALSE(mapping->failed());
}

TEST(PosixFileSystemFull, tells_what_is_used_and_what_is_left) {
  const SmallTmpfs disk(kDisk);
  GANTRY_SKIP_UNLESS_MADE(disk);
  PosixFileSystem files;
  const auto before = files.space(disk.path()).value();
  EXPECT_EQ(before.used + before.available, kDisk);
  const auto file = files.open(disk.path() / "log", Open::create).value();
  file->allocate(kDisk / 4).value();
  const auto after = files.space(disk.path()).value();
  EXPECT_EQ(after.used - before.used, kDisk / 4);
  EXPECT_EQ(before.available - after.available, kDisk / 4);
}

}  // namespace
}  // namespace gantry::store
