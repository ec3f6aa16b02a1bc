#include "plugins/store-mmap/log_writer.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

constexpr std::int64_t kFileSize = 4096;

struct LogWriterTest : testing::Test {
  LogWriterTest() {
    std::vector<std::string> warnings;
    EXPECT_TRUE(files.open(warnings));
    writer.start_at({});
  }

  void write(std::size_t bytes) {
    std::string record(bytes, 'r');
    const iovec piece{record.data(), record.size()};
    ASSERT_TRUE(writer.write({&piece, 1}, static_cast<std::int64_t>(bytes)));
  }

  SomeDisk disk{1};
  LogFiles files{disk.files, {.directories = {"data/commitlog"}, .file_size = kFileSize}};
  MemoryPool pool{8 * kFileSize};
  LogWriter writer{files, &pool};
};

TEST_F(LogWriterTest, has_committed_nothing_before_the_pool_is) {
  ASSERT_TRUE(writer.roll());
  write(100);

  EXPECT_EQ(pool.committed(), std::nullopt);
}

TEST_F(LogWriterTest, has_committed_what_was_staged) {
  ASSERT_TRUE(writer.roll());
  write(100);
  write(200);

  ASSERT_TRUE(pool.commit());
  EXPECT_EQ(pool.committed(), api::LogOffset{300});
}

// Or who waits for the log's end, which is there too, would wait until somebody writes more.
TEST_F(LogWriterTest, has_come_to_the_next_file_when_the_last_thing_it_committed_is_a_blank) {
  ASSERT_TRUE(writer.roll());
  write(100);
  ASSERT_TRUE(writer.roll());

  ASSERT_TRUE(pool.commit());
  EXPECT_EQ(writer.end(), api::LogOffset{kFileSize});
  EXPECT_EQ(pool.committed(), writer.end());
}

// Half a sector of it, with the other half of zeros, would look like damage and not like a torn write.
TEST(MemoryPool, leaves_nothing_of_a_failed_commit_between_the_sectors_of_the_next) {
  const auto story = [](std::uint64_t seed) {
    SomeDisk disk(seed);
    LogFiles files(disk.files, {.directories = {"data/commitlog"}, .file_size = kFileSize});
    std::vector<std::string> warnings;
    files.open(warnings).value();
    const auto file = files.add({}).value();
    MemoryPool pool(kFileSize);
    std::string record(6 * kSector, 'r');
    const iovec piece{record.data(), record.size()};
    pool.stage(file, 0, {&piece, 1}, record.size(), {std::ssize(record)});
    disk.files.fail(
        {.counts = [](auto call, const auto&) { return call == SimulatedFileSystem::Call::write; }});
    EXPECT_FALSE(pool.commit());
    disk.files.mend();
    pool.commit().value();
    disk.files.power_cut();

    const std::string left = disk.files.text(file->path());
    bool whole = true;
    for (std::size_t at = 0; at < record.size(); at += kSector)
      whole = whole && filler(std::string_view(left).substr(at, kSector)) != '?';
    return whole;
  };
  EXPECT_THAT(outcomes(story), testing::ElementsAre(true));
}

// The system tells an error once, and then says yes of what was lost.
TEST(MemoryPool, believes_no_sync_after_one_that_failed) {
  using Call = SimulatedFileSystem::Call;
  SomeDisk disk(1);
  LogFiles files(disk.files, {.directories = {"data/commitlog"}, .file_size = kFileSize});
  std::vector<std::string> warnings;
  files.open(warnings).value();
  const auto file = files.add({}).value();
  MemoryPool pool(kFileSize);
  std::string record(100, 'r');
  const iovec piece{record.data(), record.size()};
  pool.stage(file, 0, {&piece, 1}, record.size(), {std::ssize(record)});
  for (const Call failing : {Call::write, Call::sync}) {
    disk.files.fail({.counts = [failing](auto call, const auto&) { return call == failing; }});
    EXPECT_FALSE(pool.commit());
  }
  disk.files.mend();
  EXPECT_FALSE(pool.commit());
  EXPECT_TRUE(pool.sync_failed());
  EXPECT_FALSE(file->sync());
}

TEST_F(LogWriterTest, knows_what_fits_the_files_that_are_there) {
  EXPECT_FALSE(writer.fit_files_there(1));

  ASSERT_TRUE(writer.roll());
  write(100);
  EXPECT_TRUE(writer.fit_files_there(writer.room()));
  EXPECT_FALSE(writer.fit_files_there(writer.room() + 1)) << "the next file is not there";

  ASSERT_TRUE(files.add(writer.next_start()));
  EXPECT_TRUE(writer.fit_files_there(writer.room() + 1));
  EXPECT_TRUE(writer.fit_files_there(kFileSize - 8));
  EXPECT_FALSE(writer.fit_files_there(kFileSize - 7)) << "a file after the next one may be needed";
}

// A checkpoint that lies can say so. A file that became longer would keep brokers from starting.
TEST_F(LogWriterTest, goes_on_in_the_next_file_where_no_blank_fits_any_more) {
  ASSERT_TRUE(files.add({}));
  for (const std::int64_t ahead : {0, 1000}) {
    LogWriter near_the_end(files, nullptr, ahead);
    near_the_end.start_at({kFileSize - 3});
    ASSERT_TRUE(near_the_end.roll());
    EXPECT_EQ(near_the_end.end(), api::LogOffset{kFileSize});
    EXPECT_EQ(disk.files.text("data/commitlog/00000000000000000000").size(),
              static_cast<std::size_t>(kFileSize));
  }
}

// So that most syncs find blocks that were written before.
TEST_F(LogWriterTest, writes_zeros_ahead_once_for_many_records) {
  constexpr std::int64_t kAhead = 1000;
  LogWriter with_zeros(files, nullptr, kAhead);
  with_zeros.start_at({});
  ASSERT_TRUE(with_zeros.roll());
  const std::string record(100, 'r');
  const iovec piece{const_cast<char*>(record.data()), record.size()};
  const auto written_by = [&](int records) {
    const std::int64_t before = disk.files.counts().written;
    for (int i = 0; i < records; ++i) EXPECT_TRUE(with_zeros.write({&piece, 1}, std::ssize(record)));
    return disk.files.counts().written - before;
  };
  EXPECT_EQ(written_by(1), 100 + kAhead);
  EXPECT_EQ(written_by(10), 1000);
  EXPECT_EQ(written_by(1), 100 + kAhead);
  EXPECT_EQ(written_by(28), 2800 + kAhead + (kFileSize - 3400)) << "no further than to the file's end";

  std::string expected(4000, 'r');
  expected.resize(kFileSize);
  EXPECT_EQ(disk.files.text("data/commitlog/00000000000000000000"), expected);
}

}  // namespace
}  // namespace gantry::store
