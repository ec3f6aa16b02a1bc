// A key index that is made again from a log of many pieces: what runs beside it, and what a stop leaves.
#include "plugins/store-mmap/index_follower.h"

#include "plugins/store-mmap/checkpoint.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

using Answer = api::Result<std::vector<api::StoredMessage>>;

StoreConfig large_files() {
  StoreConfig config = small_files();
  config.commit_log_file_size = ByteSize::mib(16);
  config.max_message_size = ByteSize::mib(4);
  config.flush = Flush::async;
  return config;
}

struct IndexMadeAgain : testing::Test {
  // So many MiB in the log, and no index.
  void fill(int mebibytes) {
    for (int i = 0; i < mebibytes; ++i) {
      const auto told = store.append(
          {{.body = std::string(1 << 20, 'b'), .properties = "KEYS\x01" + std::to_string(i) + "\x02"}});
      ASSERT_EQ(told->why(), "");
    }
    store.close();
    store.disk.lose("data/store/index");
    store.open();
  }
  Answer find(int key) {
    const std::string text = std::to_string(key);
    return store.wait_for<Answer>(
        [&](auto done) { store.store->find_by_key({.topic = "T", .key = text, .most = 10}, done); });
  }
  // As far as the index says that it has come; nothing of it moves meanwhile.
  std::int64_t come_to() {
    store.lanes->hold(Lane::index);
    const Answer refused = find(0);
    store.lanes->let_go(Lane::index);
    if (refused) return store.store->end().value;
    const std::string text = refused.error().text;
    const auto at = text.find("up to ") + 6;
    std::int64_t position = -1;
    std::from_chars(text.data() + at, text.data() + text.size(), position);
    return position;
  }
  Claims claims() { return CheckpointFile(store.disk, "data/store/checkpoint").read()->claims.value(); }

  OpenedStore store{large_files()};
};

TEST_F(IndexMadeAgain, is_synced_on_the_way_and_goes_on_from_there_after_a_kill) {
  fill(140);
  EXPECT_EQ(come_to(), 0);
  store.clock.advance(6s);  // both of its jobs are due, and run by turns
  ASSERT_TRUE(store.lanes->run_one(Lane::index));
  ASSERT_TRUE(store.lanes->run_one(Lane::index));
  const std::int64_t position = come_to();
  EXPECT_GT(position, 0);
  EXPECT_LT(position, 64 << 20);
  while (store.lanes->run_one(Lane::queues)) continue;
  EXPECT_EQ(claims().index.log.value, position);
  store.kill();
  store.open();
  EXPECT_EQ(come_to(), position);
}

TEST_F(IndexMadeAgain, does_not_keep_a_stop_waiting_which_is_a_clean_one) {
  fill(140);
  store.clock.advance(1s);
  ASSERT_TRUE(store.lanes->run_one(Lane::index));
  const std::int64_t position = come_to();
  EXPECT_LT(position, 64 << 20);
  store.close();
  EXPECT_FALSE(store.disk.has("data/store/abort"));
  EXPECT_TRUE(claims().clean);
  EXPECT_EQ(claims().index.log.value, position);
  store.open();
  EXPECT_EQ(store.log.lines().back().field("last_exit"), "clean");
  EXPECT_EQ(come_to(), position);
  store.let_time_pass(1s);
  for (const int key : {0, 70, 139}) EXPECT_EQ(find(key).value().size(), 1U) << key;
}

TEST_F(IndexMadeAgain, is_waited_for_by_a_question_when_it_is_but_some_pieces_behind) {
  fill(50);
  for (const int key : {49, 0}) EXPECT_EQ(find(key).value().size(), 1U) << key;
}

TEST_F(IndexMadeAgain, is_finished_by_a_stop_when_it_is_but_some_pieces_behind) {
  fill(50);
  store.close();
  EXPECT_TRUE(claims().clean);
  EXPECT_EQ(claims().index.log, claims().flushed_to);
}

}  // namespace
}  // namespace gantry::store
