#include "plugins/store-mmap/index_recovery.h"

#include "tests/unit/store-mmap/some_index.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Thirty messages "k" with an own key each, in files of nine keys: three full ones and one with three.
class IndexRecovery : public testing::Test {
 protected:
  IndexRecovery() {
    for (int i = 0; i < 30; ++i) stored_.push_back(some_.add("id-" + std::to_string(i), "", kNoon + 400 * i));
    some_.index->close().value();
    position_ = some_.index->sync().value();
    names_ = some_.names();
  }

  void expect_all_found() {
    for (int i = 0; i < 30; ++i) {
      EXPECT_THAT(some_.find("id-" + std::to_string(i)), ElementsAre(stored_[static_cast<std::size_t>(i)]))
          << i;
    }
  }
  // One warning with these words; what is missing afterwards is found again from `follow_from` on.
  void expect_warning(const std::optional<IndexPosition>& position, bool clean, const std::string& words,
                      api::LogOffset follow_from) {
    const auto opened = some_.open_only(position, clean);
    EXPECT_THAT(opened.warnings, ElementsAre(HasSubstr(words)));
    EXPECT_EQ(opened.follow_from, follow_from);
    some_.follow(opened.follow_from);
    expect_all_found();
    some_.index->close().value();
  }
  // Entries know it only to the second.
  static std::vector<std::string> without_end_time(std::vector<std::string> files) {
    for (auto& file : files) file.replace(8, 8, 8, '?');
    return files;
  }
  void set_i32(const std::string& name, std::int64_t at, std::int32_t value) {
    std::string bytes(4, '\0');
    remoting::store_i32(bytes.data(), value);
    some_.disk.overwrite(some_.path(name), at, bytes);
  }

  SomeIndex some_;
  std::vector<api::LogOffset> stored_;
  IndexPosition position_;
  std::vector<std::string> names_;
};

TEST_F(IndexRecovery, takes_the_files_as_they_are_after_a_clean_stop) {
  const std::int64_t written = some_.disk.counts().written;
  const auto opened = some_.open_only(position_, true);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_EQ(opened.follow_from, some_.log.end());
  expect_all_found();
  EXPECT_EQ(some_.disk.counts().written, written);
  EXPECT_EQ(some_.index->sync().value(), position_);
}

TEST_F(IndexRecovery, goes_on_in_the_same_file) {
  some_.open_only(position_, true);
  stored_.push_back(some_.add("id-30"));
  EXPECT_EQ(some_.names(), names_);
  some_.index->close().value();
  EXPECT_EQ(some_.texts(), some_.log.images(SomeIndex::kSlots, SomeIndex::kEntries));
}

TEST_F(IndexRecovery, of_an_empty_directory_follows_the_log_from_its_beginning) {
  for (const auto& name : names_) some_.disk.lose(some_.path(name));
  some_.log_first = stored_[3];
  const auto opened = some_.open_only(std::nullopt, true);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_EQ(opened.follow_from, stored_[3]);
}

TEST_F(IndexRecovery, believes_apaches_headers_after_a_clean_stop) {
  const auto opened = some_.reopen(std::nullopt, true);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_EQ(opened.follow_from, stored_.back()) << "nobody knows where the next one begins";
  EXPECT_EQ(some_.index->position(), some_.log.end());
  some_.index->close().value();
  EXPECT_EQ(some_.texts(), some_.log.images(SomeIndex::kSlots, SomeIndex::kEntries))
      << "its keys are not put in a second time";
}

TEST_F(IndexRecovery, takes_a_file_that_apaches_broker_only_made) {
  for (const auto& name : names_) some_.disk.lose(some_.path(name));
  some_.disk.plant(some_.path("20240101000000000"), std::string(268, '\0'));
  const auto opened = some_.reopen(std::nullopt, true);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_EQ(opened.follow_from, api::LogOffset{0});
  expect_all_found();
}

TEST_F(IndexRecovery, makes_apaches_last_file_again_after_a_crash_of_its_broker) {
  expect_warning(std::nullopt, false, names_.back() + " cannot be used: the last stop was not a clean one",
                 stored_[26]);
}

TEST_F(IndexRecovery, makes_all_from_a_file_on_again_that_apaches_broker_did_not_fill) {
  set_i32(names_[1], 36, 5);
  set_i32(names_[1], 28, static_cast<std::int32_t>(stored_[12].value));
  expect_warning(std::nullopt, false, names_[1], stored_[8]);
}

TEST_F(IndexRecovery, removes_files_that_began_after_the_checkpoint) {
  const std::string apart = "20990101000000000";
  some_.disk.plant(some_.path(apart), std::string(100, 'x'));
  const auto opened = some_.open_only(position_, false);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_EQ(some_.names(), names_);
}

TEST_F(IndexRecovery, leaves_alone_what_is_no_index_file) {
  some_.disk.plant(some_.path("README"), "x");
  some_.disk.plant(some_.path("20990101000000000.bak"), "x");
  EXPECT_THAT(some_.open_only(position_, false).warnings, IsEmpty());
  EXPECT_EQ(some_.names().size(), names_.size() + 2);
}

TEST_F(IndexRecovery, drops_entries_behind_the_end_of_the_log) {
  for (const std::size_t left : {28u, 27u, 25u, 18u, 9u, 1u, 0u}) {
    some_.log.truncate(left < stored_.size() ? stored_[left] : some_.log.end());
    stored_.resize(left);
    const auto opened = some_.open_only(position_, false);
    EXPECT_EQ(opened.follow_from, some_.log.end());
    for (const char* id : {"id-29", "id-28"}) {
      EXPECT_THAT(some_.index->find("T", id, 10, 0, kAnyTime).value(), IsEmpty()) << left;
    }
    position_ = some_.index->sync().value();
    some_.index->close().value();
    EXPECT_EQ(without_end_time(some_.texts()),
              without_end_time(some_.log.images(SomeIndex::kSlots, SomeIndex::kEntries)))
        << left;
  }
}

TEST_F(IndexRecovery, drops_entries_behind_the_end_of_the_log_from_apaches_files_too) {
  some_.log.truncate(stored_[20]);
  EXPECT_EQ(some_.open_only(std::nullopt, true).follow_from, stored_[19]);
  EXPECT_THAT(some_.index->find("T", "id-20", 10, 0, kAnyTime).value(), IsEmpty());
  EXPECT_THAT(some_.find("id-19"), ElementsAre(stored_[19]));
}

TEST_F(IndexRecovery, never_follows_from_before_the_log) {
  some_.log_first = stored_[29];
  EXPECT_EQ(some_.open_only(std::nullopt, false).follow_from, stored_[29]);
}

// It goes on in an older file, and its checkpoint still names one that it removed.
TEST_F(IndexRecovery, follows_a_start_that_was_killed_before_its_checkpoint) {
  some_.log.truncate(stored_[22]);
  stored_.resize(22);
  some_.open_only(position_, false);
  some_.index->sync().value();
  some_.reopen(position_, false);
  for (std::size_t i = 0; i < stored_.size(); ++i)
    EXPECT_THAT(some_.find("id-" + std::to_string(i)), ElementsAre(stored_[i])) << i;
}

// The first of the new files must not be taken for the newest of the old ones.
TEST_F(IndexRecovery, makes_all_again_once_more_when_no_checkpoint_came_between) {
  some_.clock.advance(std::chrono::milliseconds(std::stoull(names_.back()) - std::stoull(names_.front())));
  set_i32(names_.front(), 36, 99);
  EXPECT_EQ(some_.reopen(position_, true).follow_from, api::LogOffset{});
  expect_all_found();
  some_.reopen(position_, false);
  expect_all_found();
}

TEST_F(IndexRecovery, says_that_the_growing_file_is_missing) {
  some_.disk.lose(some_.path(names_.back()));
  expect_warning(position_, false, names_.back() + " cannot be used: it is not there", stored_[26]);
}

TEST_F(IndexRecovery, says_that_a_file_does_not_fit) {
  some_.disk.plant(some_.path(names_[2]), std::string(300, '\0'));
  expect_warning(position_, true,
                 names_[2] + " cannot be used: it has 300 bytes; 7 slots and 10 entries take 268",
                 stored_[17]);
}

TEST_F(IndexRecovery, says_that_no_file_fits_when_the_first_does_not) {
  some_.disk.plant(some_.path(names_[0]), "short");
  expect_warning(position_, true, names_[0], {0});
  EXPECT_EQ(some_.names().size(), 4u);
}

TEST_F(IndexRecovery, says_that_a_header_is_nonsense) {
  set_i32(names_[1], 36, 11);
  expect_warning(position_, true, "its header says that it has 11 entries of 10", stored_[8]);
}

TEST_F(IndexRecovery, says_that_a_header_uses_more_slots_than_there_can_be) {
  set_i32(names_[2], 32, 0x7FFFFFFF);
  expect_warning(position_, true, "uses 2147483647 slots", stored_[17]);
}

TEST_F(IndexRecovery, says_that_a_header_uses_less_than_no_slot) {
  set_i32(names_[2], 32, -1);
  expect_warning(position_, true, "uses -1 slots", stored_[17]);
}

TEST_F(IndexRecovery, says_that_offsets_do_not_rise_from_file_to_file) {
  set_i32(names_[2], 20, 100);
  expect_warning(position_, true, "it begins at log offset 100, and the file before it ends at", stored_[17]);
}

TEST_F(IndexRecovery, says_that_a_header_and_its_entries_differ) {
  set_i32(names_[1], 20, static_cast<std::int32_t>(stored_[10].value));
  expect_warning(position_, true, "its first entry is not what its header says", stored_[8]);
}

TEST_F(IndexRecovery, says_that_a_headers_end_and_its_entries_differ) {
  set_i32(names_[1], 28, static_cast<std::int32_t>(stored_[16].value));
  expect_warning(position_, true, "its last entry is not what its header says", stored_[8]);
}

TEST_F(IndexRecovery, says_that_entries_are_missing_that_were_durable) {
  set_i32(names_[3], 36, 3);
  expect_warning(position_, false, "its header says that it has 3 entries, and 4 were there", stored_[26]);
}

TEST_F(IndexRecovery, says_that_an_entry_is_damaged_that_was_durable) {
  const auto entry = IndexGeometry{SomeIndex::kSlots, SomeIndex::kEntries}.entry_at(2);
  some_.disk.flip_bit(some_.path(names_[3]), entry + 19, 3);
  expect_warning(position_, false, "entry 2 names 8 as the one before it, and it is 0", stored_[26]);
}

TEST_F(IndexRecovery, says_that_a_file_cannot_be_read) {
  some_.disk.make_unreadable(some_.path(names_[3]), 0, 268);
  expect_warning(position_, false, names_[3] + " cannot be used", stored_[26]);
}

TEST_F(IndexRecovery, fails_for_what_says_nothing_about_the_files) {
  some_.restart();
  some_.disk.fail({.number = EMFILE,
                   .counts = [](auto call, const auto&) { return call == SimulatedFileSystem::Call::open; }});
  const auto opened = some_.index->open(position_, true, {}, some_.log.end());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().number, EMFILE);
  EXPECT_EQ(some_.names(), names_);
}

}  // namespace
}  // namespace gantry::store
