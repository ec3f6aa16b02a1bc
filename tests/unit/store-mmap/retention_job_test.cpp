#include "plugins/store-mmap/retention_job.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kFileSize = 64 << 10;

const RetireWhen kAtFour{.hour_of = [](auto) { return 4; }};

// A log of so many files, all of which were last written to at the beginning.
struct SomeStore {
  explicit SomeStore(int count, std::uint64_t seed = 1)
      : disk(seed), log(disk.files, {.directories = {"data/a", "data/b"}, .file_size = kFileSize}) {
    std::vector<std::string> warnings;
    log.open(warnings).value();
    for (int i = 0; i < count; ++i) log.add(log.end()).value();
    disk.clock.advance(73h);
  }
  IoResult<std::size_t> retire(const DiskState& state, const RetireWhen& when = kAtFour) {
    return store::retire(log, disk.files, disk.clock, state, keep_from.value_or(log.end()), settings, when);
  }
  std::size_t retired(const DiskState& state, const RetireWhen& when = kAtFour) {
    return retire(state, when).value();
  }

  SomeDisk disk;
  LogFiles log;
  RetentionSettings settings;
  std::optional<api::LogOffset> keep_from;
};

TEST(RetentionJob, removes_expired_files_at_the_hour_but_not_the_last) {
  SomeStore some(4);
  EXPECT_EQ(some.retired({}, {.hour_of = [](auto) { return 5; }}), 0u);
  EXPECT_EQ(some.retired({}), 3u);
  EXPECT_EQ(some.log.first(), api::LogOffset{3 * kFileSize});
  EXPECT_EQ(some.disk.files.all_files().size(), 1u);
  EXPECT_EQ(some.retired({}), 0u);
}

TEST(RetentionJob, counts_age_from_the_last_write) {
  SomeStore some(4);
  some.log.all()[1]->file().value()->write(0, "new").value();
  EXPECT_EQ(some.retired({}), 1u);
}

TEST(RetentionJob, removes_by_hand_what_is_expired_at_any_hour) {
  SomeStore some(4);
  EXPECT_EQ(some.retired({}, {.by_hand = true, .hour_of = [](auto) { return 5; }}), 3u);
}

TEST(RetentionJob, keeps_what_recovery_would_read) {
  SomeStore some(4);
  some.keep_from = {2 * kFileSize - 1};
  EXPECT_EQ(some.retired({}), 1u);
}

TEST(RetentionJob, removes_young_files_only_until_the_disk_is_below_the_level) {
  SomeStore some(9);
  some.settings.age = 1000h;
  some.disk.files.set_room(kFileSize);  // 90 % are used: half a file too much
  const DiskState full{.level = DiskLevel::force, .directory = "data/a", .percent = 90};
  EXPECT_EQ(some.retired(full), 1u);
  EXPECT_EQ(some.retired(full), 0u);  // whatever the last look said
}

TEST(RetentionJob, removes_one_young_file_at_a_time_when_the_queues_disk_is_full) {
  SomeStore some(9);
  some.settings.age = 1000h;
  EXPECT_EQ(some.retired({.level = DiskLevel::force, .directory = "data/queues", .percent = 90}), 1u);
}

// Names that were removed since a directory's last sync come back or do not, each for itself.
TEST(RetentionJob, leaves_no_gap_whenever_the_power_goes) {
  std::int64_t cut = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SomeStore some(7, seed);
    for (const auto* directory : {"data", "data/a", "data/b"})
      some.disk.files.sync_directory(directory).value();
    some.disk.files.lose_power_after(static_cast<std::int64_t>(seed % 14));
    if (!some.retire({})) ++cut;
    some.disk.files.power_cut();
    LogFiles log(some.disk.files, {.directories = {"data/a", "data/b"}, .file_size = kFileSize});
    std::vector<std::string> warnings;
    const auto opened = log.open(warnings);
    ASSERT_TRUE(opened) << "seed " << seed << ": " << opened.error().text;
    ASSERT_EQ(log.end(), api::LogOffset{7 * kFileSize});
  }
  EXPECT_GT(cut, 100);
}

TEST(RetentionJob, gives_the_error_of_any_call_and_goes_on_next_time) {
  for (std::int64_t nth = 0;; ++nth) {
    SomeStore some(4, static_cast<std::uint64_t>(nth));
    some.disk.files.fail({.at = nth, .number = EIO});
    const auto retired = some.retire({.level = DiskLevel::force, .directory = "data/a"});
    const bool fired = some.disk.files.fault_fired();
    some.disk.files.mend();
    ASSERT_NE(retired.has_value(), fired) << nth;
    if (!fired) break;
    some.retire({}).value();
    ASSERT_EQ(some.log.all().size(), 1u) << nth;
  }
}

}  // namespace
}  // namespace gantry::store
