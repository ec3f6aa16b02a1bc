#include "plugins/store-mmap/checkpoint.h"

#include "remoting/byte_order.h"
#include "remoting/crc32.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <cerrno>
#include <optional>
#include <rapidcheck.h>
#include <string>
#include <utility>

#include <boost/algorithm/hex.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kPath = "data/checkpoint";
constexpr std::size_t kFirstSlot = 2048;
constexpr std::size_t kSlotSize = 512;

// The n-th of a growing row of checkpoints.
CheckpointTimes times(std::int64_t n) {
  return {1'700'000'000'000 + n, 1'700'000'000'000 + 2 * n, 1'600'000'000'000 + n};
}
Claims claims(std::int64_t n) {
  return {.queues_to = {1000 * n},
          .flushed_to = {1001 * n},
          .index = {.file = "20240101000000000", .count = static_cast<std::int32_t>(n), .log = {999 * n}}};
}

struct Checkpoints {
  explicit Checkpoints(std::uint64_t seed = 1) : disk(seed) {}

  Checkpoint read() { return CheckpointFile(disk.files, kPath).read().value(); }
  void write(std::int64_t n) { CheckpointFile(disk.files, kPath).write(times(n), claims(n)).value(); }
  std::string bytes() { return disk.files.text(kPath); }
  void damage(std::size_t at) { disk.files.flip_bit(kPath, static_cast<std::int64_t>(at), 3); }

  SomeDisk disk;
};

TEST(CheckpointFile, gives_back_what_was_written) {
  Checkpoints some;
  CheckpointFile file(some.disk.files, kPath);
  for (std::int64_t n = 1; n < 6; ++n) {
    Claims said = claims(n);
    said.clean = n % 2 == 0;
    file.write(times(n), said).value();
    const Checkpoint read = some.read();
    EXPECT_EQ(read.times, times(n));
    EXPECT_EQ(read.claims, said);
    EXPECT_THAT(read.warning, IsEmpty());
  }
}

TEST(CheckpointFile, is_as_long_as_apache_has_it_with_apaches_times_in_front) {
  Checkpoints some;
  some.write(7);
  const std::string bytes = some.bytes();
  ASSERT_EQ(bytes.size(), 4096u);
  EXPECT_EQ(remoting::load_i64(bytes.data()), times(7).log);
  EXPECT_EQ(remoting::load_i64(bytes.data() + 8), times(7).queues);
  EXPECT_EQ(remoting::load_i64(bytes.data() + 16), times(7).index);
}

TEST(CheckpointFile, leaves_what_others_keep_in_the_file) {
  Checkpoints some;
  std::string theirs(4096, '\0');
  theirs.replace(24, 16, "master & confirm");
  some.disk.files.plant(kPath, theirs);
  some.write(1);
  EXPECT_EQ(some.bytes().substr(24, 16), "master & confirm");
}

TEST(CheckpointFile, keeps_its_section_as_it_is_frozen) {
  Checkpoints some;
  CheckpointFile(some.disk.files, kPath)
      .write({1, 2, 3}, {.queues_to = {4},
                         .flushed_to = {5},
                         .index = {.file = "f", .count = 7, .log = {6}},
                         .clean = true})
      .value();
  const std::string slot = some.bytes().substr(kFirstSlot, kSlotSize);
  EXPECT_EQ(boost::algorithm::hex_lower(slot.substr(0, 108)),
            "47414e5452594350"
            "00000001"
            "00000001"
            "0000000000000001"
            "000000000000000000000000000000000000000000000000"
            "000000000000000100000000000000020000000000000003"
            "0000000000000004"
            "0000000000000005"
            "0000000000000006"
            "00000007"
            "00000001"
            "66000000");
  EXPECT_EQ(static_cast<std::uint32_t>(remoting::load_i32(slot.data() + 508)),
            remoting::crc32(std::string_view(slot).substr(0, 508)));
}

TEST(CheckpointFile, says_that_it_is_missing_short_or_damaged_and_claims_nothing) {
  Checkpoints some;
  EXPECT_THAT(some.read().warning, HasSubstr("missing"));
  some.disk.files.plant(kPath, std::string(100, 'x'));
  EXPECT_THAT(some.read().warning, HasSubstr("100 bytes long instead of 4096"));
  EXPECT_EQ(some.read().times, CheckpointTimes{});
  some.disk.files.plant(kPath, std::string(4096, '\xFF'));
  EXPECT_THAT(some.read().warning, HasSubstr("damaged"));
  EXPECT_EQ(some.read().times, CheckpointTimes{});
  EXPECT_FALSE(some.read().claims);
  some.write(1);  // and all of them can be written over
  EXPECT_EQ(some.read().claims, claims(1));
}

TEST(CheckpointFile, takes_only_the_times_of_one_that_is_apaches) {
  Checkpoints some;
  std::string theirs(4096, '\0');
  remoting::store_i64(theirs.data(), 123);
  some.disk.files.plant(kPath, theirs);
  EXPECT_EQ(some.read().times.log, 123);
  EXPECT_FALSE(some.read().claims);
  EXPECT_THAT(some.read().warning, IsEmpty());
}

TEST(CheckpointFile, claims_nothing_once_apache_has_run) {
  Checkpoints some;
  some.write(1);
  some.write(2);
  std::string times_of_apache(8, '\0');
  remoting::store_i64(times_of_apache.data(), times(2).queues + 1);
  some.disk.files.overwrite(kPath, 8, times_of_apache);
  const Checkpoint read = some.read();
  EXPECT_FALSE(read.claims);
  EXPECT_EQ(read.times.queues, times(2).queues + 1);
  EXPECT_THAT(read.warning, HasSubstr("Apache"));
  some.write(3);
  EXPECT_EQ(some.read().claims, claims(3));
}

// A power cut may give the times back that were there before Apache ran.
TEST(CheckpointFile, never_makes_claims_again_that_it_was_told_to_forget) {
  Checkpoints some;
  some.write(1);
  const std::string before = some.bytes();
  std::string times_of_apache(8, '\0');
  remoting::store_i64(times_of_apache.data(), times(1).queues + 1);
  some.disk.files.overwrite(kPath, 8, times_of_apache);
  EXPECT_FALSE(some.read().claims);
  CheckpointFile(some.disk.files, kPath).forget_claims().value();
  some.disk.files.overwrite(kPath, 0, before.substr(0, 24));
  EXPECT_FALSE(some.read().claims);
}

TEST(CheckpointFile, falls_back_to_the_older_claims_when_the_newer_ones_are_damaged_but_not_as_clean) {
  Checkpoints some;
  CheckpointFile file(some.disk.files, kPath);
  Claims stopped = claims(1);
  stopped.clean = true;
  file.write(times(1), stopped).value();
  file.write(times(1), claims(2)).value();
  some.damage(kFirstSlot + kSlotSize + 20);
  const Checkpoint read = some.read();
  EXPECT_EQ(read.claims, claims(1));
  EXPECT_THAT(read.warning, HasSubstr("damaged"));
  some.write(3);
  EXPECT_EQ(some.read().claims, claims(3));
  EXPECT_THAT(some.read().warning, IsEmpty());  // the damaged slot was written over, not the good one
}

TEST(CheckpointFile, refuses_an_index_file_name_that_has_no_room) {
  Checkpoints some;
  CheckpointFile file(some.disk.files, kPath);
  Claims said = claims(1);
  said.index.file = std::string(255, 'n');
  file.write(times(1), said).value();
  EXPECT_EQ(some.read().claims, said);
  said.index.file += 'n';
  const auto written = file.write(times(2), said);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text, HasSubstr("at most 255 bytes"));
}

// Weakness 13 of Apache's broker: its checkpoint can say more than is on the disk. Here, whenever the power
// goes, the claims are those of a write that was asked for, never older than the last that was acknowledged,
// and Apache's times are never newer than the claims are.
TEST(CheckpointFile, is_the_older_or_the_newer_one_after_a_power_cut_at_any_moment) {
  std::int64_t cuts_in_a_write = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Checkpoints some(seed);
    some.disk.files.lose_power_after(static_cast<std::int64_t>(seed % 23));
    std::int64_t asked = 0;
    std::int64_t acknowledged = 0;
    {
      CheckpointFile file(some.disk.files, kPath);
      for (; asked < 10 && some.disk.files.powered(); ++asked)
        if (file.write(times(asked + 1), claims(asked + 1))) acknowledged = asked + 1;
    }
    if (asked > acknowledged) ++cuts_in_a_write;
    some.disk.files.power_cut();
    const Checkpoint read = some.read();
    if (!read.claims) {
      ASSERT_EQ(acknowledged, 0) << "seed " << seed << ": " << read.warning;
      continue;
    }
    const std::int64_t found = read.claims->index.count;
    ASSERT_GE(found, acknowledged) << "seed " << seed;
    ASSERT_LE(found, asked) << "seed " << seed;
    ASSERT_EQ(read.claims, claims(found)) << "seed " << seed;
    ASSERT_LE(read.times.log, times(found).log) << "seed " << seed;
    ASSERT_GE(read.times.log, acknowledged == 0 ? 0 : times(acknowledged).log) << "seed " << seed;
  }
  EXPECT_GT(cuts_in_a_write, 100);
}

TEST(CheckpointFile, goes_on_after_a_call_that_failed_unless_it_was_a_sync) {
  using Call = SimulatedFileSystem::Call;
  for (std::int64_t nth = 0;; ++nth) {
    Checkpoints some(static_cast<std::uint64_t>(nth));
    CheckpointFile file(some.disk.files, kPath);
    file.write(times(1), claims(1)).value();
    bool sync = false;
    some.disk.files.fail({.at = nth, .number = ENOSPC, .counts = [&](Call call, const auto&) {
                            sync = call == Call::sync;
                            return !some.disk.files.fault_fired();
                          }});
    const auto second = file.write(times(2), claims(2));
    const bool fired = some.disk.files.fault_fired();
    const bool failed_sync = fired && sync;
    some.disk.files.mend();
    ASSERT_EQ(second.has_error(), fired);
    if (!fired) break;
    const auto between = some.read();
    ASSERT_TRUE(between.claims == claims(1) || between.claims == claims(2)) << nth;
    const auto third = file.write(times(3), claims(3));
    ASSERT_EQ(third.has_value(), !failed_sync) << nth;
    if (third) {
      some.disk.files.power_cut();
      ASSERT_EQ(some.read().claims, claims(3)) << nth;
    } else {
      ASSERT_EQ(third.error().text, second.error().text);
    }
  }
}

// The times are written last. When that fails, nobody knows which ones are in the file.
TEST(CheckpointFile, loses_no_claims_when_its_times_cannot_be_written_and_then_the_power_goes) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Checkpoints some(seed);
    CheckpointFile file(some.disk.files, kPath);
    file.write(times(1), claims(1)).value();
    for (std::int64_t n = 2; n < 5; ++n) {
      some.disk.files.fail({.at = 1, .counts = [](SimulatedFileSystem::Call call, const auto&) {
                              return call == SimulatedFileSystem::Call::write;
                            }});
      ASSERT_FALSE(file.write(times(n), claims(n)));
    }
    some.disk.files.mend();
    some.disk.files.lose_power_after(static_cast<std::int64_t>(seed % 6));
    static_cast<void>(file.write(times(5), claims(5)));
    some.disk.files.power_cut();
    const Checkpoint read = some.read();
    ASSERT_TRUE(read.claims) << "seed " << seed << ": " << read.warning;
    ASSERT_GE(read.claims->index.count, 4) << "seed " << seed;
  }
}

TEST(CheckpointFile, is_not_there_in_part_when_it_cannot_be_made) {
  for (std::int64_t nth = 0;; ++nth) {
    Checkpoints some(static_cast<std::uint64_t>(nth));
    some.disk.files.fail({.at = nth, .number = ENOSPC});
    const auto written = CheckpointFile(some.disk.files, kPath).write(times(1), claims(1));
    const bool fired = some.disk.files.fault_fired();
    some.disk.files.mend();
    ASSERT_NE(written.has_value(), fired) << nth;
    if (!fired) break;
    some.write(2);
    ASSERT_EQ(some.read().claims, claims(2)) << nth;
    ASSERT_EQ(some.bytes().size(), 4096u);
  }
}

TEST(CheckpointFile, costs_one_sync_when_only_the_claims_move_and_two_when_the_times_do) {
  Checkpoints some;
  CheckpointFile file(some.disk.files, kPath);
  file.write(times(1), claims(1)).value();
  const auto syncs = [&] { return some.disk.files.counts().syncs; };
  const std::int64_t before = syncs();
  file.write(times(1), claims(2)).value();
  EXPECT_EQ(syncs() - before, 1);
  file.write(times(2), claims(3)).value();
  EXPECT_EQ(syncs() - before, 3);
}

RC_GTEST_PROP(CheckpointFile, never_claims_what_was_not_written, ()) {
  Checkpoints some;
  some.write(1);
  some.write(2);
  const auto flips = *rc::gen::inRange(1, 6);
  for (int i = 0; i < flips; ++i)
    some.disk.files.flip_bit(kPath, *rc::gen::inRange(0, 4096), *rc::gen::inRange(0u, 8u));
  const Checkpoint read = some.read();
  RC_ASSERT(!read.claims || read.claims == claims(1) || read.claims == claims(2));
}

}  // namespace
}  // namespace gantry::store
