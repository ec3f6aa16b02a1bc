#include "plugins/store-mmap/store_check.h"

#include "remoting/byte_order.h"
#include "tests/unit/store-mmap/examined_store.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::string i64(std::int64_t value) {
  std::string bytes(8, '\0');
  remoting::store_i64(bytes.data(), value);
  return bytes;
}

// 100 messages in two files of the log, seven of the queue, and six of the index; closed.
struct Checked : ExaminedStore, testing::Test {
  Checked() {
    append_some(100);
    append_some(5, "orders", 1);
  }

  std::int64_t size_of(std::size_t message) const { return messages.at(message).size; }
  std::int64_t place_of(std::size_t message) const { return messages.at(message).at.value; }
  // In the log's first file.
  void flip(std::size_t message, std::int64_t byte) {
    disk.flip_bit(std::string(kFirstLogFile), place_of(message) + byte, 6);
  }
  void write_entry(int number, std::int64_t at, const std::string& bytes) {
    disk.overwrite(queue_file(number / 16), number % 16 * 20 + at, bytes);
  }
};

TEST_F(Checked, store_that_was_closed_has_no_finding) {
  close();
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_EQ(report.messages, 105);
  EXPECT_EQ(report.queues, 2);
  EXPECT_EQ(report.queue_entries, 105);
  EXPECT_EQ(report.index_entries, 210);
  EXPECT_EQ(report.damage + report.mended + report.harmless, 0);
}

TEST_F(Checked, store_with_a_flipped_bit_in_a_body_names_the_message) {
  close();
  flip(3, 100);
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("damage " + std::string(kFirstLogFile) + "@" +
                                                    std::to_string(place_of(3)) + ": body CRC"),
                                         HasSubstr("| message 3 of queue 0 of topic orders, bytes "))));
  EXPECT_EQ(report.damage, 1);
  EXPECT_EQ(report.messages, 104);
}

TEST_F(Checked, store_with_a_flipped_bit_in_a_size_names_the_place_and_the_message) {
  close();
  flip(3, 3);
  const std::string stretch =
      "bytes " + std::to_string(place_of(3)) + " to " + std::to_string(place_of(4)) + " of the log";
  EXPECT_THAT(
      check(),
      UnorderedElementsAre(
          AllOf(StartsWith("damage " + std::string(kFirstLogFile) + "@" + std::to_string(place_of(3))),
                EndsWith("| " + stretch)),
          AllOf(StartsWith("damage " + queue_file(0) + "@60: points to " + std::to_string(place_of(3))),
                EndsWith("| message 3 of queue 0 of topic orders")),
          AllOf(StartsWith("damage " + index_files().at(0)), HasSubstr("as do 1 others"))));
  EXPECT_EQ(report.messages, 104);
}

TEST_F(Checked, store_with_a_flipped_bit_in_a_magic_goes_on_behind_it) {
  close();
  flip(3, 4);
  EXPECT_THAT(check(),
              Contains(AllOf(StartsWith("damage " + std::string(kFirstLogFile)), HasSubstr("magic"))));
  EXPECT_EQ(report.messages, 104);
  EXPECT_EQ(report.damage, 3);
}

TEST_F(Checked, store_whose_end_is_torn_is_mended_by_the_next_start) {
  let_time_pass(10s);
  kill();
  const std::int64_t end = log_end();
  const std::string record = disk.text(log_file(2)).substr(0, 150);
  disk.overwrite(log_file(static_cast<int>(end / 16384)), end % 16384, record);
  EXPECT_THAT(check(), ElementsAre(StartsWith("mended data/store/abort@0"),
                                   AllOf(StartsWith("mended " + log_file(static_cast<int>(end / 16384)) +
                                                    "@" + std::to_string(end % 16384)),
                                         HasSubstr("was not written whole"))));
  EXPECT_EQ(report.messages, 105);
  EXPECT_EQ(report.damage, 0);
  open();
  EXPECT_EQ(bodies("orders").size(), 100u);
  close();
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Checked, store_with_an_entry_that_points_to_nowhere_names_its_message) {
  close();
  write_entry(20, 0, i64(place_of(20) + 7));
  EXPECT_THAT(check(), UnorderedElementsAre(
                           AllOf(StartsWith("damage " + queue_file(1) + "@80: points to"),
                                 EndsWith("| message 20 of queue 0 of topic orders")),
                           "damage " + queue_file(1) +
                               "@80: has no entry for a message of the log | message 20 of queue 0 of "
                               "topic orders"));
}

TEST_F(Checked, store_with_entries_that_point_far_away_still_finds_those_behind_them) {
  close();
  for (int i = 20; i < 23; ++i) write_entry(i, 0, i64(9'000'000));
  const auto findings = check();
  EXPECT_THAT(findings, Each(EndsWith("messages 20 to 22 of queue 0 of topic orders")));
  EXPECT_EQ(report.queue_entries, 105);
}

TEST_F(Checked, store_with_a_wrong_size_or_tags_in_an_entry_names_its_message) {
  close();
  write_entry(5, 11, "\x01");
  write_entry(7, 19, "\x01");
  EXPECT_THAT(check(),
              ElementsAre(AllOf(StartsWith("damage " + queue_file(0) + "@100: says that its message has"),
                                EndsWith("message 5 of queue 0 of topic orders")),
                          AllOf(StartsWith("damage " + queue_file(0) + "@140: has the tags code"),
                                EndsWith("message 7 of queue 0 of topic orders"))));
}

TEST_F(Checked, store_with_a_hole_in_a_queue_names_the_messages) {
  close();
  for (int i = 20; i < 25; ++i) write_entry(i, 0, std::string(20, '\0'));
  EXPECT_THAT(check(),
              ElementsAre("damage " + queue_file(1) +
                          "@80: has no entry for a message of the log | messages 20 to 24 of queue 0 "
                          "of topic orders"));
}

TEST_F(Checked, store_whose_queue_lacks_a_file_in_the_middle_makes_it_again) {
  close();
  disk.lose(queue_file(2));
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("mended data/store/consumequeue/orders/0@0"),
                                         HasSubstr("00000000000000000640 is missing"),
                                         EndsWith("all messages of queue 0 of topic orders"))));
  open();
  EXPECT_EQ(bodies("orders").size(), 100u);
}

TEST_F(Checked, store_whose_queue_lacks_its_last_file_makes_it_again) {
  close();
  disk.lose(queue_file(6));
  EXPECT_THAT(check(), ElementsAre(AllOf(
                           StartsWith("mended data/store/consumequeue/orders/0@0: ends at entry 96, and had "
                                      "100 when the store was closed"),
                           EndsWith("all messages of queue 0 of topic orders"))));
}

TEST_F(Checked, store_whose_queue_is_missing_makes_it_again_if_it_knows_of_it) {
  close();
  disk.lose("data/store/consumequeue/orders/0");
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("mended data/store/consumequeue/orders/0@0: is missing"),
                                         EndsWith("all messages of queue 0 of topic orders"))));
  disk.lose("data/store/queues.gantry");
  EXPECT_THAT(check(),
              ElementsAre(AllOf(StartsWith("damage data/store/consumequeue/orders/0@0: has no entry"),
                                EndsWith("messages 0 to 99 of queue 0 of topic orders"))));
  disk.lose("data/store/consumequeue");
  EXPECT_THAT(check(), ElementsAre(StartsWith("mended data/store/consumequeue@0: has no queues")));
}

TEST_F(Checked, store_says_nothing_of_entries_that_its_next_start_makes_anyway) {
  let_time_pass(3s);
  append_some(20);
  kill();
  EXPECT_THAT(check(), Each(StartsWith("mended ")));
  EXPECT_THAT(check(), Contains(AllOf(HasSubstr("the next start adds it"),
                                      EndsWith("messages 100 to 119 of queue 0 of topic orders"))));
}

TEST_F(Checked, store_with_entries_behind_the_end_of_the_log_removes_them) {
  let_time_pass(10s);
  kill();
  const std::int64_t end = log_end();
  write_entry(100, 0, i64(end) + std::string("\0\0\1\0", 4) + i64(0));
  EXPECT_THAT(check(), ElementsAre(StartsWith("mended data/store/abort"),
                                   AllOf(StartsWith("mended " + queue_file(6) + "@80: points to"),
                                         HasSubstr("behind the end of the log"))));
}

TEST_F(Checked, store_with_a_missing_file_of_the_log_names_it) {
  close();
  disk.lose(log_file(1));
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("damage " + log_file(1) + "@0: is missing"),
                                      EndsWith("| the messages of bytes 16384 to 32768 of the log"))));
  EXPECT_GT(report.messages, 0);
}

TEST_F(Checked, store_whose_log_was_not_there_up_to_the_checkpoint_says_so) {
  close();
  const auto last = messages.back();
  disk.overwrite(log_file(static_cast<int>(last.at.value / 16384)), last.at.value % 16384,
                 std::string(last.size, '\0'));
  EXPECT_THAT(check(),
              Contains(AllOf(StartsWith("damage data/store/checkpoint@0: says that the log was on the "
                                        "disk up to"),
                             EndsWith(" of the log"))));
}

TEST_F(Checked, store_with_an_older_checkpoint_reads_more_at_its_next_start) {
  let_time_pass(3s);
  const std::string older = disk.text("data/store/checkpoint");
  append_some(10);
  close();
  disk.lose("data/store/checkpoint");
  disk.plant("data/store/checkpoint", older);
  EXPECT_THAT(check(), Contains(StartsWith("mended data/store/checkpoint@0: is not that of a clean stop")));
  EXPECT_EQ(report.damage, 0);
  open();
  EXPECT_EQ(bodies("orders").size(), 110u);
}

TEST_F(Checked, store_without_a_checkpoint_or_with_a_damaged_one_says_so) {
  close();
  disk.flip_bit("data/store/checkpoint", 2060, 1);
  disk.flip_bit("data/store/checkpoint", 2570, 1);
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("mended data/store/checkpoint@0"), HasSubstr("damaged"))));
  disk.lose("data/store/checkpoint");
  EXPECT_THAT(check(),
              Contains(AllOf(StartsWith("mended data/store/checkpoint@0"), HasSubstr("is missing"))));
}

TEST_F(Checked, store_with_an_abort_file_says_where_its_next_start_reads_on) {
  close();
  disk.plant("data/store/abort", "");
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("mended data/store/abort@0"),
                                         HasSubstr("reads on from " + std::to_string(log_end())))));
}

TEST_F(Checked, store_with_stray_files_says_that_apaches_broker_would_stop_at_them) {
  close();
  disk.plant("data/store/commitlog/lost+found", "x");
  disk.plant("data/store/consumequeue/orders/0/note", "x");
  disk.plant("data/store/consumequeue/orders/note", "x");
  disk.plant("data/store/consumequeue/note", "x");
  EXPECT_THAT(check(), Each(StartsWith("harmless ")));
  EXPECT_EQ(report.harmless, 4);
}

TEST_F(Checked, store_with_an_unfinished_file_of_the_log_removes_it) {
  close();
  const int next = static_cast<int>(log_end() / 16384) + 1;
  disk.plant(log_file(next), std::string(100, '\0'));
  EXPECT_THAT(check(), ElementsAre(StartsWith("mended " + log_file(next) + "@100: was not made to the end")));
}

TEST_F(Checked, store_with_an_index_entry_that_points_to_nowhere_says_which_look_ups_fail) {
  close();
  const std::string file = index_files().at(1);
  disk.overwrite(file, 40 + 4 * 11 + 20 * 5 + 4, i64(place_of(20) + 7));
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("damage " + file), HasSubstr("entry 5 points to"))));
  EXPECT_THAT(check(),
              Contains(AllOf(StartsWith("damage " + file), HasSubstr("has no entry for keys of 1"))));
  EXPECT_EQ(report.damage, 2);
}

TEST_F(Checked, store_with_a_broken_chain_or_slot_in_its_index_says_so) {
  close();
  const std::string file = index_files().at(1);
  disk.overwrite(file, 40 + 4 * 11 + 20 * 15 + 16, std::string("\0\0\0\1", 4));
  disk.overwrite(file, 40, std::string("\0\0\0\2", 4));
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("damage " + file), HasSubstr("entry 15 leads to entry 1"))));
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("damage " + file + "@40"), HasSubstr("1 slots"))));
}

TEST_F(Checked, store_with_an_index_that_does_not_fit_or_is_blank_makes_it_again) {
  close();
  const std::vector<std::string> files = index_files();
  disk.lose(files.at(3));
  disk.plant(files.at(3), std::string(100, '\0'));
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("mended " + files.at(3)), HasSubstr("100 bytes long"))));
  disk.lose(files.at(3));
  disk.plant(files.at(3), std::string(40 + 4 * 11 + 20 * 40, '\0'));
  EXPECT_THAT(check(), ElementsAre(AllOf(StartsWith("mended " + files.at(3)))));
}

TEST_F(Checked, store_that_was_killed_has_no_damage) {
  for (int i = 0; i < 5; ++i) {
    append_some(7);
    let_time_pass(std::chrono::milliseconds(700 * i));
    kill();
    EXPECT_THAT(check(), Each(StartsWith("mended ")));
    open();
  }
}

TEST_F(Checked, topic_that_was_removed_and_came_again_is_no_damage) {
  const auto removed = wait_for<api::Result<void>>([&](auto done) {
    store->remove_topic("orders", api::Completion<void>([done](auto outcome) { done(outcome); }));
  });
  ASSERT_TRUE(removed) << removed.error().text;
  append_some(3);
  close();
  EXPECT_THAT(check(), Each(AllOf(StartsWith("harmless "), HasSubstr("before the topic was removed"))));
  EXPECT_GT(report.harmless, 0);
}

// As Apache's broker leaves one: no manifest, and of the checkpoint only its times.
TEST_F(Checked, directory_of_apaches_broker_is_held_to_the_same) {
  close();
  disk.lose("data/store/queues.gantry");
  disk.overwrite("data/store/checkpoint", 2048, std::string(1024, '\0'));
  EXPECT_THAT(check(), IsEmpty());
  write_entry(20, 0, i64(place_of(20) + 7));
  EXPECT_THAT(check(), Each(AllOf(StartsWith("mended " + queue_file(1)),
                                  EndsWith("message 20 of queue 0 of topic orders"))));
  disk.plant("data/store/abort", "");
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("mended " + index_files().at(5)),
                                      HasSubstr("Apache's broker had not"))));
  EXPECT_EQ(report.damage, 0);
}

TEST_F(Checked, store_whose_last_message_lost_its_end_is_mended_by_the_next_start) {
  let_time_pass(3s);
  append_some(1);
  kill();
  disk.overwrite(log_file(static_cast<int>(log_end() / 16384)), log_end() % 16384 - 5, std::string(5, '\0'));
  EXPECT_THAT(check(), Contains(AllOf(StartsWith("mended " + log_file(static_cast<int>(log_end() / 16384))),
                                      HasSubstr("properties were not written whole"))));
  EXPECT_EQ(report.messages, 105);
  EXPECT_EQ(report.damage, 0);
  open();
  EXPECT_EQ(bodies("orders").size(), 100u);
}

TEST_F(Checked, store_on_a_disk_that_cannot_read_a_sector_goes_on_in_the_next_file) {
  close();
  disk.make_unreadable(std::string(kFirstLogFile), 4096, 4608);
  disk.evict();
  EXPECT_THAT(check(),
              Contains(AllOf(StartsWith("damage " + std::string(kFirstLogFile)), HasSubstr("cannot read"))));
  EXPECT_GT(report.messages, 50);
}

TEST_F(Checked, store_can_be_left_in_the_middle) {
  close();
  int asked = 0;
  const auto checked = tools().check(
      "data/store", [](const auto&) {},
      [&](std::int64_t done, std::int64_t whole) {
        EXPECT_LE(done, whole);
        ++asked;
        return false;
      });
  EXPECT_TRUE(checked.value().stopped);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace gantry::store
