// What a full disk, a failing one and a power cut do to the key index.
#include "plugins/store-mmap/key_index.h"
#include "tests/unit/store-mmap/some_index.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::Each;
using testing::IsEmpty;

// Fills a log: several files' worth of keys, some messages with many, which fall into two files.
void write(KeyedMessages& log, int messages) {
  for (int i = 0; i < messages; ++i) {
    log.append("T", i % 4 == 0 ? "" : "id-" + std::to_string(i), i % 3 == 0 ? "a b c d e" : "a",
               kNoon + 600 * i);
  }
}

void expect_all_of_apaches_files(SomeIndex& some, const std::string& story) {
  some.index->close().value();
  EXPECT_EQ(some.texts(), some.log.images(SomeIndex::kSlots, SomeIndex::kEntries)) << story;
}

TEST(KeyIndexFaults, a_call_that_fails_once_loses_nothing_and_repeats_nothing) {
  for (const int number : {ENOSPC, EIO}) {
    for (std::int64_t nth = 0;; ++nth) {
      SomeIndex some;
      write(some.log, 60);
      some.disk.fail({.at = nth, .number = number, .counts = [](auto call, const auto&) {
                        return SimulatedFileSystem::changes(call) &&
                               call != SimulatedFileSystem::Call::sync &&
                               call != SimulatedFileSystem::Call::sync_directory;
                      }});
      int refused = 0;
      for (const auto& entry : some.log.entries()) {
        while (!some.index->add(entry.at, entry.record)) ++refused;
        if (entry.at.value % 5 == 0 && !some.index->sync()) ++refused;
      }
      if (!some.disk.fault_fired()) {
        EXPECT_GT(nth, 20);
        break;
      }
      EXPECT_LE(refused, 1);
      expect_all_of_apaches_files(some, "call " + std::to_string(nth));
    }
  }
}

TEST(KeyIndexFaults, a_full_disk_is_an_error_until_there_is_room_and_what_was_added_is_found) {
  SomeIndex some;
  write(some.log, 60);
  const auto all = some.log.entries();
  some.index->add(std::span(all).first(5)).value();
  some.disk.set_room(0);
  const auto refused = some.index->add(std::span(all).subspan(5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().number, ENOSPC);
  const api::LogOffset position = some.index->position();
  EXPECT_GT(position, all[5].at);
  auto found = some.find("a");
  auto expected = some.log.find("T", "a", 0, kAnyTime);
  const auto later = [&](api::LogOffset at) { return at >= position; };
  std::erase_if(found, later);  // perhaps some keys of the message that stands there
  std::erase_if(expected, later);
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(some.index->sync());

  some.disk.set_room(1 << 20);
  some.index->add(std::span(all).subspan(5)).value();
  expect_all_of_apaches_files(some, "with room again");
}

TEST(KeyIndexFaults, keys_that_wait_for_room_do_not_pile_up) {
  SomeIndex some;
  for (int i = 0; i < 3; ++i) some.add("a", "b c");
  some.disk.set_room(0);
  write(some.log, 5000);
  const auto all = some.log.entries();
  EXPECT_FALSE(some.index->add(all));
  EXPECT_FALSE(some.index->add(all));
  some.disk.set_room(std::int64_t{1} << 30);
  EXPECT_LT(some.index->position(), all[100].at);
  some.index->add(all).value();
  expect_all_of_apaches_files(some, "with room again");
}

TEST(KeyIndexFaults, a_failed_sync_is_never_taken_for_a_success_later) {
  SomeIndex some;
  some.add("id-1", "k");
  const IndexPosition durable = some.index->sync().value();
  some.add("id-2", "k");
  some.disk.fail({.counts = [](auto call, const auto&) { return call == SimulatedFileSystem::Call::sync; }});
  EXPECT_FALSE(some.index->sync());
  some.disk.mend();
  const std::int64_t syncs = some.disk.counts().syncs;
  EXPECT_FALSE(some.index->sync());
  EXPECT_FALSE(some.index->close());
  EXPECT_EQ(some.disk.counts().syncs, syncs) << "the disk is not asked again";
  some.add("id-3", "k");
  EXPECT_EQ(some.find("k").size(), 3u);

  some.disk.power_cut();
  some.reopen(durable, false);
  EXPECT_EQ(some.find("k").size(), 3u);
  EXPECT_TRUE(some.index->sync());
}

// Weakness of Apache's broker: it deletes the file that was growing, and with it the look-up of up to 20
// million keys.
TEST(KeyIndexFaults, the_growing_file_survives_a_crash) {
  for (const bool power_cut : {false, true}) {
    SomeIndex some;
    for (int i = 0; i < 6; ++i) some.add("id-" + std::to_string(i));
    const IndexPosition position = some.index->sync().value();
    some.add("id-6");
    if (power_cut) {
      some.disk.power_cut();
    } else {
      some.disk.kill();
    }
    const auto opened = some.open_only(position, false);
    EXPECT_THAT(opened.warnings, IsEmpty());
    EXPECT_EQ(opened.follow_from, position.log) << "what is durable is not read from the log again";
    EXPECT_EQ(some.names(), std::vector{position.file});
    for (int i = 0; i < 6; ++i) EXPECT_EQ(some.find("id-" + std::to_string(i)).size(), 1u) << i;
    EXPECT_THAT(some.find("id-6"), IsEmpty());

    some.follow(opened.follow_from);
    EXPECT_EQ(some.find("id-6").size(), 1u);
    expect_all_of_apaches_files(some, power_cut ? "power cut" : "kill");
  }
}

// Wherever the power goes: from the last position that sync() gave, the same files come out as without it.
TEST(KeyIndexFaults, a_power_cut_at_any_call_ends_in_the_same_files) {
  for (std::int64_t calls = 0;; ++calls) {
    SomeIndex some(static_cast<std::uint64_t>(calls));
    write(some.log, 60);
    some.disk.lose_power_after(calls);
    IndexPosition position;
    const auto all = some.log.entries();
    for (std::size_t i = 0; some.disk.powered() && i < all.size(); ++i) {
      if (!some.index->add(all[i].at, all[i].record) || i % 3 != 0) continue;
      if (const auto synced = some.index->sync()) position = *synced;
    }
    const bool survived = some.disk.powered();
    some.disk.power_cut();

    const auto opened = some.reopen(position, false);
    const std::string story = "seed and calls " + std::to_string(calls);
    EXPECT_THAT(opened.warnings, IsEmpty()) << story;
    EXPECT_EQ(opened.follow_from, position.log) << story;
    for (const auto* key : {"a", "c", "id-1", "id-59"}) {
      EXPECT_EQ(some.find(key), some.log.find("T", key, 0, kAnyTime)) << story << ", key " << key;
    }
    expect_all_of_apaches_files(some, story);
    if (survived) {
      EXPECT_GT(calls, 50);
      break;
    }
  }
}

TEST(KeyIndexFaults, power_that_goes_while_it_opens_changes_nothing_of_that) {
  for (std::int64_t calls = 0;; ++calls) {
    SomeIndex some(static_cast<std::uint64_t>(calls));
    write(some.log, 40);
    const auto all = some.log.entries();
    some.index->add(std::span(all).first(20)).value();
    const IndexPosition position = some.index->sync().value();
    some.index->add(std::span(all).subspan(20)).value();
    some.disk.power_cut();

    some.restart();
    some.disk.lose_power_after(calls);
    const auto first = some.index->open(position, false, {}, some.log.end());
    if (first) static_cast<void>(some.index->add(some.log.entries(first->follow_from)));
    const bool survived = some.disk.powered();
    some.disk.power_cut();
    EXPECT_THAT(some.reopen(position, false).warnings, IsEmpty()) << calls;
    expect_all_of_apaches_files(some, "seed and calls " + std::to_string(calls));
    if (survived) break;
  }
}

TEST(KeyIndexFaults, a_disk_that_cannot_be_read_is_an_error_of_that_search) {
  SomeIndex some;
  for (int i = 0; i < 30; ++i) some.add("", "k");
  const auto names = some.names();
  some.disk.make_unreadable(some.path(names[1]), 0, 268);
  const auto found = some.index->find("T", "k", 100, 0, kAnyTime);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().number, EIO);
  EXPECT_EQ(some.index->find("T", "k", 5, 0, kAnyTime).value().size(), 5u) << "newer files are fine";
}

}  // namespace
}  // namespace gantry::store
