#include "plugins/store-mmap/store_stat.h"

#include "tests/unit/store-mmap/examined_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(StoreStat, says_what_there_is_after_a_clean_stop) {
  ExaminedStore store;
  store.append_some(60);
  store.clock.advance(10s);
  store.append_some(60, "orders", 1);
  store.close();
  const auto before = store.everything();
  const api::StoreStat stat = store.tools().stat("data/store").value();
  EXPECT_EQ(store.everything(), before);
  EXPECT_EQ(stat.log.count, 3);
  EXPECT_EQ(stat.log.bytes, 3 * 16384);
  EXPECT_EQ(stat.queue_files.count, 8);
  EXPECT_EQ(stat.queue_files.bytes, 8 * 320);
  EXPECT_EQ(stat.index_files.count, 7);
  EXPECT_EQ(stat.first.value, 0);
  EXPECT_EQ(stat.end.value, store.log_end());
  EXPECT_EQ(stat.first_stored_at, store.messages.front().stored_at);
  EXPECT_EQ(stat.last_stored_at, store.messages.back().stored_at);
  EXPECT_EQ(stat.queues, 2);
  EXPECT_EQ(stat.queue_entries, 120);
  EXPECT_EQ(stat.indexed_keys, 240);
  EXPECT_TRUE(stat.last_exit_clean);
  EXPECT_EQ(stat.checkpoint.log_to->value, store.log_end());
  EXPECT_EQ(stat.checkpoint.queues_to->value, store.log_end());
  EXPECT_EQ(stat.checkpoint.warning, "");
}

TEST(StoreStat, reads_the_end_of_a_log_that_was_not_closed) {
  ExaminedStore store;
  store.append_some(30);
  store.let_time_pass(3s);
  store.append_some(30);
  store.kill();
  const api::StoreStat stat = store.tools().stat("data/store").value();
  EXPECT_EQ(stat.end.value, store.log_end());
  EXPECT_EQ(stat.last_stored_at, store.messages.back().stored_at);
  EXPECT_FALSE(stat.last_exit_clean);
  EXPECT_LT(stat.checkpoint.queues_to->value, store.log_end());
}

TEST(StoreStat, of_an_empty_store_is_all_zeros) {
  ExaminedStore store;
  store.close();
  const api::StoreStat stat = store.tools().stat("data/store").value();
  EXPECT_EQ(stat.log.count + stat.queues + stat.indexed_keys + stat.end.value + stat.last_stored_at, 0);
}

TEST(StoreStat, says_what_is_wrong_with_the_checkpoint) {
  ExaminedStore store;
  store.append_some(3);
  store.close();
  store.disk.lose("data/store/checkpoint");
  const api::StoreStat stat = store.tools().stat("data/store").value();
  EXPECT_THAT(stat.checkpoint.warning, HasSubstr("is missing"));
  EXPECT_FALSE(stat.checkpoint.log_to);
  EXPECT_EQ(stat.end.value, store.log_end());
}

}  // namespace
}  // namespace gantry::store
