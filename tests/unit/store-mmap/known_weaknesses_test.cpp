// What Apache's broker is known to do to its messages, and that this store does not. Each test says in its
// comment what the other one does. Those that are held by a test elsewhere:
//
//   A failed sync is logged, and messages are acknowledged all the same.
//     Store.acknowledges_nothing_after_a_sync_that_failed_and_goes_on_reading
//   With synchronous flush consumers see messages that are not on the disk yet.
//     Store.that_syncs_shows_nothing_before_it_is_on_the_disk
//   One damaged message, and a start cuts off all that follows without a word.
//     Store.says_where_the_log_is_damaged_and_does_not_start
//   Files are sparse, and a full disk is a memory fault.
//     Store.refuses_while_the_disk_is_full_and_goes_on_by_itself,
//     PosixFileSystemFull.never_faults_a_reader_whose_file_was_allocated
//   Topics, groups and offsets are JSON files that a crash can leave empty.
//     MetadataKill.nothing_that_was_told_as_done_is_lost_in_200_kills, MetadataDisk
//   A removed topic that comes again begins at 0, and its groups' old offsets lie far behind that.
//     ConsumeQueues.of_a_removed_topic_are_empty_and_begin_at_0,
//     OffsetTableTest.forgets_a_group_or_a_topic_for_good
#include "kernel/api/raw_log.h"
#include "remoting/message_record.h"
#include "tests/unit/store-mmap/examined_store.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::StartsWith;

std::vector<TestMessage> messages(int from, int to, const std::string& topic = "T") {
  std::vector<TestMessage> all;
  for (int i = from; i < to; ++i) all.push_back({.topic = topic, .body = std::to_string(i)});
  return all;
}

// Apache's broker removes the index file that takes entries: millions of keys are no longer found.
TEST(KnownWeaknesses, the_key_index_of_the_current_file_survives_a_crash) {
  ExaminedStore store;
  store.append_some(10);
  store.let_time_pass(10s);
  const auto files = store.index_files();
  ASSERT_FALSE(files.empty());
  store.cut_power();
  const auto after_the_cut = store.index_files();
  store.open();
  EXPECT_EQ(store.index_files(), files);
  EXPECT_EQ(after_the_cut, files);
  EXPECT_EQ(store.log.count("key index"), 0u);  // no file was given up
  const auto found = store.wait_for<api::Result<std::vector<api::StoredMessage>>>(
      [&](auto done) { store.store->find_by_key({.topic = "orders", .key = "key7"}, done); });
  ASSERT_EQ(found.value().size(), 1u);
  EXPECT_THAT(std::string(found.value()[0].record.body()), StartsWith("body of 7."));
}

// Apache's broker skips the rest of the log's file: messages behind the damage get into no queue.
TEST(KnownWeaknesses, a_damaged_message_takes_no_other_with_it_while_the_broker_runs) {
  ExaminedStore store;
  store.append_some(20);
  store.disk.flip_bit(std::string(kFirstLogFile), store.messages[5].at.value + 2, 1);
  for (int i = 0; i < 20; ++i) {
    const auto read = store.read(
        {.topic = "orders", .queue = api::QueueId{0}, .from = {i}, .most_messages = 1, .filter = nullptr});
    ASSERT_EQ(read.has_value(), i != 5) << i;
    if (read) {
      EXPECT_EQ(read->count, 1u) << i;
    }
  }
  store.append_some(1);
  EXPECT_EQ(store.read({.topic = "orders", .queue = api::QueueId{0}, .from = {20}, .filter = nullptr})->count,
            1u);
}

// Apache's checkpoint can run ahead of the queues' files; a start then believes them, holes and all.
TEST(KnownWeaknesses, a_checkpoint_never_claims_what_a_power_cut_takes_from_the_queues) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    ExaminedStore store(seed);
    for (int round = 0; round < 4; ++round) {
      store.append_some(10);
      store.let_time_pass(std::chrono::milliseconds(seed * 97 % 1900));
    }
    store.begin(messages(0, 5, "orders"));
    store.cut_power();
    ASSERT_THAT(store.check(), Each(StartsWith("mended "))) << "seed " << seed;
    store.open();
    ASSERT_GE(store.bodies("orders").size(), 40u) << "seed " << seed;
    store.close();
    ASSERT_THAT(store.check(), ElementsAre()) << "seed " << seed;
  }
}

// Apache's broker leaves what lies behind the end that it found. A message that ends exactly where an old one
// begins brings that back at the next crash.
TEST(KnownWeaknesses, old_bytes_behind_the_end_never_come_back) {
  OpenedStore store;
  store.append({{.body = "kept"}});
  store.let_time_pass(3s);
  const auto lost = store.append({{.body = std::string(1000, 'l')}})->outcomes[0];
  store.append({{.body = std::string(1000, 'o')}});
  store.kill();
  // A power cut that took the first of the two, and not the second.
  store.disk.overwrite("data/store/commitlog/00000000000000000000", lost.at.value,
                       std::string(lost.size, '\0'));
  store.open();
  EXPECT_THAT(store.bodies(), ElementsAre("kept"));
  const auto next = store.append({{.body = std::string(1000, 'n')}})->outcomes[0];
  EXPECT_EQ(next.at, lost.at);
  EXPECT_EQ(next.size, lost.size);
  store.kill();
  store.open();
  EXPECT_THAT(store.bodies(), ElementsAre("kept", std::string(1000, 'n')));
}

// Apache's broker maps and reads every file of every queue.
TEST(KnownWeaknesses, a_start_does_not_look_into_every_file_of_a_queue) {
  const auto calls_to_start_with = [](int count) {
    OpenedStore store;
    for (int i = 0; i < count; i += 40) store.append(messages(i, i + 40));
    store.close();
    std::int64_t calls = 0;
    using Call = SimulatedFileSystem::Call;
    store.disk.fail({.at = std::numeric_limits<std::int64_t>::max(), .counts = [&](Call, const auto& path) {
                       calls += path.string().find("consumequeue/T/0/") != std::string::npos ? 1 : 0;
                       return false;
                     }});
    store.open();
    store.disk.mend();
    EXPECT_EQ(store.bodies().size(), static_cast<std::size_t>(count));
    return calls;
  };
  const auto of_few_files = calls_to_start_with(160);  // 10 files
  const auto of_many_files = calls_to_start_with(3200);
  EXPECT_GT(of_few_files, 0);
  EXPECT_LT(of_many_files, of_few_files + 20);
}

// Apache's command to clean expired queues lets them begin at 0 again, while their groups are further on.
TEST(KnownWeaknesses, a_queue_of_which_everything_expired_goes_on_with_its_numbers) {
  StoreConfig config = small_files();
  for (int hour = 0; hour < 24; ++hour) config.retention_hours.push_back(std::to_string(hour));
  OpenedStore store(config);
  store.append(messages(0, 3, "quiet"));
  for (int i = 0; i < 400; i += 50) store.append(messages(i, i + 50));
  store.clock.advance(73h);
  store.let_time_pass(30s);
  ASSERT_GT(store.store->first().value, 0);
  const auto expect_goes_on_at = [&](std::int64_t number) {
    const auto range = store.store->range("quiet", api::QueueId{0});
    ASSERT_TRUE(range);
    EXPECT_EQ(range->first.value, 3);
    EXPECT_EQ(range->end.value, number);
  };
  expect_goes_on_at(3);
  store.close();
  store.open();
  expect_goes_on_at(3);
  EXPECT_EQ(store.append(messages(3, 4, "quiet"))->outcomes[0].queue_offset.value, 3);
  store.kill();
  store.open();
  expect_goes_on_at(4);
}

// Apache's broker can take the filler in front of a queue that does not begin at 0 for messages, as long as
// the log has its first one.
TEST(KnownWeaknesses, a_queue_that_does_not_begin_at_0_has_the_same_first_number_after_a_restart) {
  OpenedStore store;
  remoting::MessageRecord record;
  record.topic = "T";
  record.body = "the 700th";
  record.queue_offset = 700;
  record.store_timestamp = 1;
  std::string bytes(remoting::encoded_size(record).value().total(), '\0');
  static_cast<void>(remoting::encode_to(bytes, record).value());
  const auto taken = store.wait_for<api::Result<void>>([&](auto done) {
    store.store->append(api::LogOffset{0}, bytes,
                        api::Completion<void>([done](auto outcome) { done(outcome); }));
  });
  ASSERT_TRUE(taken) << taken.error().text;
  const auto expect_first_700 = [&] {
    const auto range = store.store->range("T", api::QueueId{0});
    ASSERT_TRUE(range);
    EXPECT_EQ(range->first.value, 700);
    EXPECT_EQ(range->end.value, 701);
    EXPECT_EQ(store.store->first().value, 0);
    EXPECT_THAT(store.bodies(), ElementsAre("the 700th"));
  };
  expect_first_700();
  store.close();
  store.open();
  expect_first_700();
  store.let_time_pass(3s);
  store.kill();
  store.open();
  expect_first_700();
  store.cut_power();
  store.open();
  expect_first_700();
}

}  // namespace
}  // namespace gantry::store
