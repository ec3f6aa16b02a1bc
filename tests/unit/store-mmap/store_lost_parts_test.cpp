// What a store does when files beside its log are lost, old or damaged: they are made again from the log, and
// its operator reads which ones.
#include "plugins/store-mmap/store.h"
#include "tests/unit/store-mmap/damaged_directory.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class StoreLostParts : public DamagedDirectory {
 protected:
  // Everything is there, and the store goes on.
  void expect_whole(int count) {
    EXPECT_EQ(store_->bodies(), numbers(0, count));
    for (const int number : {0, count / 2, count - 1})
      EXPECT_EQ(store_->find_by_key("T", std::to_string(number)).value().size(), 1U) << number;
    append_numbers(count, count + 10);
    store_->open_again();
    EXPECT_EQ(store_->bodies(), numbers(0, count + 10));
  }
  // Two lives of the topic "orders": 40 messages of the first one, then 10, and all of them claimed. "T" has
  // 100.
  void fill_and_make_orders_anew() {
    fill(100);
    append_orders("old ", 40);
    remove_orders();
    append_orders("new ", 10);
  }
  void remove_orders() {
    RunningStore::ask<api::Result<void>>([&](auto done) {
      (*store_)->remove_topic("orders",
                              api::Completion<void>([done](const api::Result<void>& told) { done(told); }));
    }).value();
  }
  void append_orders(const std::string& life, int count) {
    for (int i = 0; i < count; ++i)
      EXPECT_EQ(store_->append({{.topic = "orders", .body = life + std::to_string(i)}}).why(), "");
  }
  void expect_new_orders() {
    std::vector<std::string> expected;
    for (int i = 0; i < 10; ++i) expected.push_back("new " + std::to_string(i));
    EXPECT_EQ(store_->bodies("orders"), expected);
    append_orders("newest ", 1);
    expected.emplace_back("newest 0");
    store_->open_again();
    EXPECT_EQ(store_->bodies("orders"), expected);
  }
  std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }
};

// ---- Consume queues

TEST_F(StoreLostParts, makes_a_queue_again_when_one_of_its_files_is_missing) {
  fill(100).close();
  const auto gone = files_in(queue_directory()).at(2);
  std::filesystem::remove(gone);
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(logged("consume queues", "found"), gone.string() + " is missing: " + queue_directory().string() +
                                                   " is removed, and the queue is made again from the "
                                                   "commit log");
  expect_whole(100);
}

TEST_F(StoreLostParts, makes_a_queue_again_when_its_last_file_is_missing) {
  fill(100).close();
  const auto files = files_in(queue_directory());
  std::filesystem::remove(files.back());
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_THAT(
      logged("consume queues", "found"),
      AllOf(StartsWith(queue_directory().string() + " ends at entry 96, and had 100 when the store was "
                                                    "closed"),
            HasSubstr("made again")));
  expect_whole(100);
}

// After a crash only what was written since shows it: a message whose number does not follow.
TEST_F(StoreLostParts, makes_a_queue_again_when_a_crash_is_found_to_have_left_less_than_there_was) {
  fill(50);
  EXPECT_TRUE((*store_)->settle());
  append_numbers(50, 60);
  store_->leave();
  const auto files = files_in(queue_directory());
  overwrite(files.at(1), 5 * 20, std::string(11 * 20, '\0'));
  for (auto file = files.begin() + 2; file != files.end(); ++file) std::filesystem::remove(*file);
  EXPECT_EQ(why_it_does_not_start(), "");
  constexpr auto kLine = "consume queue lacks entries and is made again from the log";
  EXPECT_EQ(logged(kLine, "from"), "21");
  EXPECT_EQ(logged(kLine, "to"), "50");
  expect_whole(60);
}

TEST_F(StoreLostParts, makes_a_queue_again_when_it_is_missing) {
  fill(100).close();
  std::filesystem::remove_all(queue_directory());
  EXPECT_EQ(why_it_does_not_start(), "");
  constexpr auto kLine = "consume queue is missing and is made again from the log";
  EXPECT_EQ(logged(kLine, "topic"), "T");
  EXPECT_EQ(logged(kLine, "queue"), "0");
  expect_whole(100);
}

TEST_F(StoreLostParts, makes_all_queues_again_when_they_are_missing) {
  for (const bool after_a_crash : {false, true}) {
    places_.clear();
    std::filesystem::remove_all(directory_);
    fill(100);
    after_a_crash ? store_->leave() : store_->close();
    std::filesystem::remove_all(directory_ / "consumequeue");
    std::filesystem::remove(directory_ / "queues.gantry");
    EXPECT_EQ(why_it_does_not_start(), "");
    expect_whole(100);
  }
}

TEST_F(StoreLostParts, makes_one_queue_again_and_leaves_a_topic_alone_that_was_removed_and_made_anew) {
  fill_and_make_orders_anew();
  store_->close();
  std::filesystem::remove_all(queue_directory());
  EXPECT_EQ(why_it_does_not_start(), "");
  expect_new_orders();
  expect_whole(100);
}

// What was written since the checkpoint is read as well.
TEST_F(StoreLostParts, makes_one_queue_again_after_a_crash_and_leaves_the_others_alone) {
  fill_and_make_orders_anew();
  (*store_)->settle().value();
  append_orders("newer ", 5);
  store_->leave();
  std::filesystem::remove_all(queue_directory());
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ((*store_)->range("orders", api::QueueId{0})->end.value, 15);
  EXPECT_EQ(store_->bodies("orders").front(), "new 0");
  EXPECT_EQ(store_->bodies("orders").back(), "newer 4");
  expect_whole(100);
}

TEST_F(StoreLostParts, makes_the_queue_of_a_topic_again_that_was_removed_and_made_anew) {
  fill_and_make_orders_anew();
  store_->close();
  std::filesystem::remove_all(directory_ / "consumequeue" / "orders" / "0");
  EXPECT_EQ(why_it_does_not_start(), "");
  expect_new_orders();
  expect_whole(100);
}

TEST_F(StoreLostParts, makes_one_queue_again_and_does_not_bring_a_removed_topic_back) {
  fill_and_make_orders_anew();
  remove_orders();
  store_->close();
  std::filesystem::remove_all(queue_directory());
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_THAT((*store_)->topics(), ElementsAre("T"));
  expect_whole(100);
}

// One is missing, and another has less than there was: both are made again, and wholly.
TEST_F(StoreLostParts, makes_a_queue_again_that_lacks_entries_when_another_one_is_missing) {
  for (const bool with_newer_ones : {false, true}) {
    places_.clear();
    std::filesystem::remove_all(directory_);
    fill(50);
    append_orders("new ", 10);
    (*store_)->settle().value();
    if (with_newer_ones) append_numbers(50, 60);
    store_->leave();
    const auto files = files_in(queue_directory());
    overwrite(files.at(1), 5 * 20, std::string(11 * 20, '\0'));
    for (auto file = files.begin() + 2; file != files.end(); ++file) std::filesystem::remove(*file);
    std::filesystem::remove_all(directory_ / "consumequeue" / "orders");
    EXPECT_EQ(why_it_does_not_start(), "");
    expect_new_orders();
    expect_whole(with_newer_ones ? 60 : 50);
  }
}

// ---- The key index

TEST_F(StoreLostParts, makes_the_key_index_again_when_it_is_missing) {
  fill(100).close();
  const auto newest = files_in(directory_ / "index").back();
  std::filesystem::remove_all(directory_ / "index");
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(
      logged("key index", "found"),
      "key index file " + newest.string() +
          " cannot be used: it is not there. The messages that were in it and in newer ones are indexed "
          "again");
  expect_whole(100);
}

TEST_F(StoreLostParts, makes_the_key_index_again_from_a_damaged_file_on) {
  fill(200).close();
  const auto index = files_in(directory_ / "index");
  ASSERT_GT(index.size(), 3U);
  overwrite(index[1], 0, std::string(40, '\x55'));
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_THAT(logged("key index", "found"),
              AllOf(StartsWith("key index file " + index[1].string() + " cannot be used: its header says"),
                    HasSubstr("are indexed again")));
  expect_whole(200);
}

// ---- The checkpoint

TEST_F(StoreLostParts, reads_on_from_an_old_checkpoint) {
  fill(100);
  (*store_)->settle().value();
  const std::string old = bytes_of(directory_ / "checkpoint");
  append_numbers(100, 300);
  store_->close();
  overwrite(directory_ / "checkpoint", 0, old);
  EXPECT_EQ(why_it_does_not_start(), "");
  expect_whole(300);
}

TEST_F(StoreLostParts, finds_out_anew_what_a_missing_checkpoint_said) {
  fill(100).close();
  std::filesystem::remove(directory_ / "checkpoint");
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(logged("checkpoint", "found"), (directory_ / "checkpoint").string() +
                                               " is missing: how far the store was written must be found out "
                                               "anew");
  expect_whole(100);
}

TEST_F(StoreLostParts, finds_out_anew_what_a_damaged_checkpoint_said) {
  fill(100);
  (*store_)->settle().value();
  store_->close();
  for (const std::int64_t slot : {2048, 2560}) flip_bit(directory_ / "checkpoint", slot + 77);
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_THAT(logged("checkpoint", "found"),
              AllOf(StartsWith((directory_ / "checkpoint").string() + " has a section at 2048"),
                    HasSubstr("damaged")));
  expect_whole(100);
}

TEST_F(StoreLostParts, finds_out_anew_what_a_checkpoint_said_that_was_cut_short) {
  fill(100).close();
  std::filesystem::resize_file(directory_ / "checkpoint", 100);
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_THAT(
      logged("checkpoint", "found"),
      HasSubstr("is 100 bytes long instead of 4096: how far the store was written must be found out"));
  expect_whole(100);
}

// ---- The marks

TEST_F(StoreLostParts, takes_a_left_over_abort_file_for_a_crash_and_reads_what_it_must) {
  fill(100).close();
  EXPECT_FALSE(std::filesystem::exists(directory_ / "abort"));
  std::ofstream(directory_ / "abort").put('\n');
  EXPECT_EQ(why_it_does_not_start(), "");
  EXPECT_EQ(store_->log.lines().back().message, "store is open");
  EXPECT_EQ(store_->log.lines().back().field("last_exit"), "unclean");
  expect_whole(100);
}

TEST_F(StoreLostParts, keeps_a_second_store_out_of_its_directory) {
  fill(100);
  const auto modified = std::filesystem::last_write_time(log_file());
  try {
    const RunningStore second(files_, directory_, left_alone());
    FAIL() << "two stores in one directory";
  } catch (const std::exception& why) {
    EXPECT_STREQ(why.what(),
                 ("the store directory " + directory_.string() +
                  " is in use by another broker, which has locked " + (directory_ / "lock").string() +
                  ". Stop that one, or give this one a directory of its own with "
                  "[plugins.store-mmap] dir. Nothing in it was touched")
                     .c_str());
  }
  EXPECT_EQ(std::filesystem::last_write_time(log_file()), modified);
  expect_whole(100);
}

}  // namespace
}  // namespace gantry::store
