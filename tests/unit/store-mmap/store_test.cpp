#include "plugins/store-mmap/store.h"

#include "plugins/store-mmap/checkpoint.h"
#include "remoting/byte_order.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> bodies;
  for (int i = from; i < to; ++i) bodies.push_back(std::to_string(i));
  return bodies;
}
std::vector<TestMessage> messages(int from, int to) {
  std::vector<TestMessage> all;
  for (const std::string& body : numbers(from, to)) all.push_back({.body = body});
  return all;
}

TEST(Store, gives_back_what_was_appended_in_order_with_its_offsets) {
  OpenedStore opened;
  const auto told = opened.append({{.body = "a"}, {.body = "b"}, {.queue = 1, .body = "c"}});
  ASSERT_TRUE(told->stored && *told->stored) << told->why();
  EXPECT_EQ(told->outcomes[1].queue_offset.value, 1);
  EXPECT_EQ(told->outcomes[2].queue_offset.value, 0);
  EXPECT_THAT(opened.bodies(), ElementsAre("a", "b"));
  EXPECT_THAT(opened.bodies("T", 1), ElementsAre("c"));
}

TEST(Store, goes_on_in_the_next_file_when_one_is_full) {
  OpenedStore opened;
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  EXPECT_EQ(opened.bodies(), numbers(0, 400));
  EXPECT_GT(opened.store->end().value, 16 * 1024);
  EXPECT_TRUE(opened.disk.has("data/store/commitlog/00000000000000016384"));
}

TEST(Store, has_everything_again_after_a_clean_stop) {
  OpenedStore opened;
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  opened.close();
  EXPECT_FALSE(opened.disk.has("data/store/abort"));
  opened.open();
  EXPECT_EQ(opened.bodies(), numbers(0, 400));
  const auto told = opened.append({{.body = "400"}});
  EXPECT_EQ(told->outcomes[0].queue_offset.value, 400);
}

TEST(Store, has_everything_again_after_it_was_killed) {
  OpenedStore opened;
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  opened.kill();
  opened.open();
  EXPECT_EQ(opened.bodies(), numbers(0, 400));
}

TEST(Store, that_syncs_has_everything_acknowledged_again_after_a_power_cut) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    OpenedStore opened(small_files(), seed);
    for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
    opened.begin(messages(400, 410));
    opened.cut_power();
    opened.open();
    auto found = opened.bodies();
    ASSERT_GE(found.size(), 400u) << "seed " << seed;
    found.resize(400);
    ASSERT_EQ(found, numbers(0, 400)) << "seed " << seed;
  }
}

TEST(Store, that_syncs_shows_nothing_before_it_is_on_the_disk) {
  OpenedStore opened;
  opened.lanes->hold(Lane::flush);
  const auto told = opened.begin({{.body = "a"}});
  ASSERT_TRUE(opened.lanes->run_until_idle());
  EXPECT_FALSE(told->outcomes.empty());
  EXPECT_FALSE(told->stored);
  EXPECT_THAT(opened.bodies(), ElementsAre());
  opened.lanes->let_go(Lane::flush);
  ASSERT_TRUE(opened.lanes->run_until_idle());
  EXPECT_TRUE(told->stored && *told->stored);
  EXPECT_THAT(opened.bodies(), ElementsAre("a"));
}

TEST(Store, acknowledges_nothing_after_a_sync_that_failed_and_goes_on_reading) {
  OpenedStore opened;
  opened.append({{.body = "a"}});
  opened.disk.fail({.counts = [](SimulatedFileSystem::Call call, const auto& path) {
    return call == SimulatedFileSystem::Call::sync && path.string().find("commitlog") != std::string::npos;
  }});
  const auto told = opened.append({{.body = "b"}});
  ASSERT_TRUE(told->stored);
  EXPECT_THAT(told->why(), HasSubstr("commitlog"));
  opened.disk.mend();
  const auto later = opened.append({{.body = "c"}});
  EXPECT_THAT(later->why(), HasSubstr("started again"));
  EXPECT_THAT(opened.bodies(), ElementsAre("a"));
}

TEST(Store, refuses_while_the_disk_is_full_and_goes_on_by_itself) {
  OpenedStore opened;
  opened.let_time_pass(2s);
  opened.disk.set_room(0);
  std::shared_ptr<Told> told;
  for (int i = 0; i < 200; ++i) {
    told = opened.append(messages(i * 10, i * 10 + 10));
    if (told->outcomes.front().refused) break;
  }
  EXPECT_THAT(told->why(), HasSubstr("No space left"));
  opened.disk.set_room(1 << 20);
  opened.let_time_pass(5s);
  told = opened.append({{.body = "again"}});
  EXPECT_TRUE(told->stored && *told->stored) << told->why();
  EXPECT_EQ(opened.bodies().back(), "again");
}

TEST(Store, refuses_a_message_that_is_too_large_and_takes_its_neighbours) {
  OpenedStore opened;
  const auto told = opened.append({{.body = "a"}, {.body = std::string(9000, 'x')}, {.body = "b"}});
  ASSERT_TRUE(told->outcomes[1].refused);
  EXPECT_THAT(told->outcomes[1].refused->text, HasSubstr("9000 bytes, 8192 are allowed"));
  EXPECT_THAT(opened.bodies(), ElementsAre("a", "b"));
}

// They are how a start knows properties that a power cut tore off: no checksum covers them.
TEST(Store, refuses_properties_with_a_zero_byte) {
  OpenedStore opened;
  const auto told = opened.append({{.properties = std::string("a\1b\0c", 5)}, {.body = "good"}});
  EXPECT_EQ(told->why(), "the message's properties have a zero byte at 3: they are text without one");
  EXPECT_THAT(opened.bodies(), ElementsAre("good"));
}

TEST(Store, answers_that_the_key_index_cannot_follow_rather_than_leave_messages_out) {
  OpenedStore opened;
  opened.disk.fail({.from_then_on = true, .counts = [](auto call, const auto& path) {
                      return SimulatedFileSystem::changes(call) &&
                             path.native().find("/index") != std::string::npos;
                    }});
  static_cast<void>(opened.append({{.properties = "KEYS\1red"}}));
  const auto found = opened.wait_for<api::Result<std::vector<api::StoredMessage>>>(
      [&](auto done) { opened.store->find_by_key({.topic = "T", .key = "red"}, done); });
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().text, HasSubstr("the key index has the log up to 0 of "));
  EXPECT_THAT(found.error().text, HasSubstr("Input/output error"));
}

TEST(Store, finds_messages_by_key_by_place_and_by_time) {
  OpenedStore opened;
  opened.append({{.body = "a", .properties = "KEYS\x01one two\x02UNIQ_KEY\x01u1"}});
  opened.clock.advance(10s);
  const auto second = opened.append({{.body = "b", .properties = "KEYS\x01two"}});
  const auto by_key = [&](std::string_view key) {
    std::vector<std::string> bodies;
    auto found = opened.wait_for<api::Result<std::vector<api::StoredMessage>>>(
        [&](auto done) { opened.store->find_by_key({.topic = "T", .key = key}, done); });
    for (const auto& message : found.value()) bodies.emplace_back(message.record.body());
    return bodies;
  };
  EXPECT_THAT(by_key("two"), ElementsAre("b", "a"));
  EXPECT_THAT(by_key("u1"), ElementsAre("a"));
  EXPECT_THAT(by_key("three"), ElementsAre());
  const auto at = second->outcomes[0].at;
  const auto find = [&](api::LogOffset place) {
    return opened.wait_for<api::Result<api::StoredMessage>>(
        [&](auto done) { opened.store->find(place, done); });
  };
  EXPECT_EQ(find(at).value().record.body(), "b");
  EXPECT_EQ(find(at + 1).error().code, remoting::ResponseCode::query_not_found);
  const auto by_time = [&](std::int64_t ms) {
    return opened
        .wait_for<api::Result<api::QueueOffset>>(
            [&](auto done) { opened.store->find_by_time("T", api::QueueId{0}, ms, done); })
        .value()
        .value;
  };
  EXPECT_EQ(by_time(second->outcomes[0].stored_at), 1);
  EXPECT_EQ(by_time(second->outcomes[0].stored_at - 5000), 1);
  EXPECT_EQ(by_time(0), 0);
  EXPECT_EQ(by_time(second->outcomes[0].stored_at + 1), 2);
}

// Torn by a crash in the middle of its writing, or Apache's.
TEST(Store, takes_no_time_to_come_from_a_checkpoint_that_it_cannot_check) {
  OpenedStore opened;
  opened.append(messages(0, 10));
  opened.close();
  std::string tomorrow(8, '\0');
  const auto now = [&] { return opened.clock.date().time_since_epoch() / 1ms; };
  remoting::store_i64(tomorrow.data(), now() + std::chrono::milliseconds(24h).count());
  opened.disk.overwrite("data/store/checkpoint", 0, tomorrow);
  for (int start = 0; start < 2; ++start) {
    opened.open();
    EXPECT_LE(opened.append({{.topic = "other"}})->outcomes.at(0).stored_at, now());
    opened.close();
  }
  opened.open();
  EXPECT_EQ(opened.bodies(), numbers(0, 10));
}

// The log lost its end, and what is there now is no message of theirs.
TEST(Store, shows_nothing_in_queues_that_no_message_belongs_to) {
  OpenedStore lost;
  lost.append({{.topic = "gone", .body = "first"}, {.topic = "gone", .body = "second"}});
  lost.close();
  OpenedStore there;
  for (int i = 0; i < 20; ++i) there.append(messages(i, i + 1));
  there.close();
  auto files = there.everything();
  files.merge(lost.everything());
  for (const char* file : {"checkpoint", "queues.gantry"}) files.erase(std::string("data/store/") + file);

  OpenedStore opened(small_files(), files);
  opened.open();
  EXPECT_THAT(opened.bodies("gone"), testing::IsEmpty());
  EXPECT_EQ(opened.bodies(), numbers(0, 20));
}

TEST(Store, says_where_the_log_is_damaged_and_does_not_start) {
  OpenedStore opened;
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  opened.close();
  opened.disk.lose("data/store/checkpoint");  // or nothing before its claims would be read again
  opened.disk.flip_bit("data/store/commitlog/00000000000000000000", 88, 3);
  try {
    opened.open();
    FAIL();
  } catch (const std::exception& why) {
    EXPECT_THAT(why.what(), HasSubstr("00000000000000000000"));
    EXPECT_THAT(why.what(), HasSubstr("on_damage"));
  }
}

TEST(Store, makes_its_queues_again_when_they_are_gone) {
  OpenedStore opened;
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  opened.close();
  opened.disk.lose("data/store/consumequeue");
  opened.open();
  EXPECT_EQ(opened.bodies(), numbers(0, 400));
}

TEST(Store, writes_its_queues_before_their_turn_when_their_memory_is_used_up) {
  StoreConfig config = small_files();
  config.queue_memory = ByteSize::kib(4);
  config.checkpoint_interval = 1h;
  OpenedStore opened(config);
  for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
  ASSERT_TRUE(opened.lanes->run_until_idle());
  EXPECT_TRUE(opened.disk.has("data/store/consumequeue/T/0/00000000000000000000"));
  EXPECT_EQ(opened.bodies(), numbers(0, 400));
}

// A clean stop is believed, whatever became of the log since.
TEST(Store, says_where_the_log_ends_in_the_middle_of_a_message) {
  OpenedStore opened;
  opened.append({{.body = "a"}});
  const auto last = opened.append({{.body = "b"}})->outcomes[0];
  opened.close();
  std::string size(4, '\0');
  remoting::store_i32(size.data(), static_cast<std::int32_t>(last.size) + 100);
  opened.disk.overwrite("data/store/commitlog/00000000000000000000", last.at.value, size);
  opened.open();
  const auto walked = opened.store->walk(last.at, ByteSize::mib(1), [](auto) {});
  ASSERT_FALSE(walked);
  EXPECT_THAT(walked.error().text, HasSubstr("should begin there, and the log ends before it does"));
}

TEST(Store, takes_no_message_that_does_not_fit_the_files_which_are_there) {
  OpenedStore small;
  small.append({{.body = "a"}});
  small.close();
  StoreConfig config = small_files();
  config.commit_log_file_size = ByteSize::kib(64);
  config.max_message_size = ByteSize::kib(32);
  OpenedStore opened(config, small.everything());
  opened.open();
  EXPECT_THAT(opened.append({{.body = std::string(20'000, 'x')}})->why(), HasSubstr("16376 are allowed"));
  EXPECT_EQ(opened.append({{.body = std::string(10'000, 'x')}})->why(), "");
}

// Or a start after a crash would take index files for synced whose sync had failed.
TEST(Store, has_a_checkpoint_before_it_takes_the_first_message) {
  OpenedStore opened;
  EXPECT_TRUE(CheckpointFile(opened.disk, "data/store/checkpoint").read().value().claims);
}

TEST(Store, syncs_and_writes_checkpoints_before_their_turn_when_much_has_gathered) {
  StoreConfig config = small_files();
  config.flush = Flush::async;
  config.flush_interval = config.checkpoint_interval = 1h;
  config.flush_at = ByteSize::kib(8);
  config.checkpoint_at = ByteSize::kib(16);
  OpenedStore opened(config);
  for (int i = 0; i < 100; ++i) {
    opened.append(messages(i * 10, i * 10 + 10));
    opened.let_time_pass(10ms);
  }
  EXPECT_LT(opened.store->end() - api::LogOffset{opened.store->positions().flushed.load()}, 8 << 10);
  const Checkpoint checkpoint = CheckpointFile(opened.disk, "data/store/checkpoint").read().value();
  ASSERT_TRUE(checkpoint.claims);
  EXPECT_LT(opened.store->end() - checkpoint.claims->queues_to, (16 + 8) << 10);
  EXPECT_EQ(opened.bodies(), numbers(0, 1000));
}

// Of a store that gets a message every 100 ms for a minute.
int checkpoints_in_a_minute(OpenedStore& opened) {
  int written = 0;
  opened.disk.fail({.at = std::numeric_limits<std::int64_t>::max(),
                    .counts = [&](SimulatedFileSystem::Call call, const auto& path) {
                      if (call == SimulatedFileSystem::Call::write && path.filename() == "checkpoint")
                        ++written;
                      return false;
                    }});
  const auto end = opened.clock.now() + 1min;
  for (int i = 0; opened.clock.now() < end; ++i) {
    opened.append(messages(i, i + 1));
    opened.let_time_pass(100ms);
  }
  opened.disk.mend();
  return written;
}

TEST(Store, rests_after_a_checkpoint_as_long_as_that_it_is_a_small_part_of_the_work) {
  OpenedStore fast;
  EXPECT_GT(checkpoints_in_a_minute(fast), 50);
  OpenedStore slow;
  slow.disk.slow_down({.most_sync = 1s});
  const int written = checkpoints_in_a_minute(slow);
  EXPECT_LT(written, 20);
  EXPECT_GT(written, 1);
}

TEST(Store, that_does_not_sync_first_makes_what_a_failed_sync_lost_durable_behind_the_scenes) {
  StoreConfig config = small_files();
  config.flush = Flush::async;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    OpenedStore opened(config, seed);
    for (int i = 0; i < 40; ++i) opened.append(messages(i * 10, i * 10 + 10));
    opened.disk.fail({.from_then_on = true, .counts = [](SimulatedFileSystem::Call call, const auto& path) {
                        return call == SimulatedFileSystem::Call::sync &&
                               path.string().find("commitlog") != std::string::npos;
                      }});
    opened.let_time_pass(11s);
    opened.kill();
    opened.disk.mend();
    opened.open();
    EXPECT_LT(opened.store->positions().flushed, opened.store->positions().written) << "seed " << seed;
    EXPECT_EQ(opened.bodies(), numbers(0, 400)) << "seed " << seed;
    opened.append(messages(400, 410));
    opened.let_time_pass(11s);
    opened.cut_power();
    opened.open();
    ASSERT_EQ(opened.bodies(), numbers(0, 410)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gantry::store
