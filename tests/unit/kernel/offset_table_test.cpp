#include "kernel/offset_table.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OffsetTableTest : public testing::Test {
 protected:
  OffsetTableTest() { broker.open().value(); }

  Folder folder;
  MetadataOnDisk broker{folder.path()};
};

TEST_F(OffsetTableTest, knows_that_nothing_was_committed) {
  EXPECT_EQ(broker->offsets().committed("g", "t", api::QueueId{0}), std::nullopt);
  EXPECT_THAT(broker->offsets().committed("g", "t"), IsEmpty());
  broker.commit("g", "t", 0, 0);
  EXPECT_EQ(broker->offsets().committed("g", "t", api::QueueId{0}), api::QueueOffset{0});
  EXPECT_EQ(broker->offsets().committed("g", "t", api::QueueId{1}), std::nullopt);
}

TEST_F(OffsetTableTest, does_not_go_back_unless_it_is_reset) {
  EXPECT_TRUE(broker.commit("g", "t", 0, 10));
  EXPECT_FALSE(broker.commit("g", "t", 0, 9));
  EXPECT_TRUE(broker.commit("g", "t", 0, 10));
  EXPECT_EQ(broker.committed("g", "t", 0), 10);
  broker->offsets().reset(group_name("g"), topic_name("t"), api::QueueId{0}, api::QueueOffset{3});
  EXPECT_EQ(broker.committed("g", "t", 0), 3);
  EXPECT_TRUE(broker.commit("g", "t", 0, 4));
}

TEST_F(OffsetTableTest, holds_no_queue_and_no_offset_below_0) {
  EXPECT_FALSE(broker.commit("g", "t", -1, 10));
  EXPECT_FALSE(broker.commit("g", "t", 0, -1));
  broker->offsets().reset(group_name("g"), topic_name("t"), api::QueueId{0}, api::QueueOffset{-1});
  EXPECT_THAT(broker->offsets().topics_of("g"), IsEmpty());
}

TEST_F(OffsetTableTest, is_there_again_after_a_restart_with_its_version) {
  broker.commit("g", "t", 0, 10);
  broker.commit("g", "t", 70000, 5'000'000'000);
  broker.clock.move(std::chrono::seconds(1));
  broker.commit("h", "t", 1, 1);
  const auto version = broker->offsets().version();
  broker.open().value();
  EXPECT_EQ(broker.committed("g", "t", 0), 10);
  EXPECT_EQ(broker.committed("g", "t", 70000), 5'000'000'000);
  EXPECT_EQ(broker.committed("h", "t", 1), 1);
  EXPECT_EQ(broker->offsets().version(), version);
  EXPECT_EQ(version.counter, 3);
  EXPECT_EQ(version.changed_at, 1'700'000'001'000);
}

TEST_F(OffsetTableTest, has_another_version_after_each_change_only) {
  broker.commit("g", "t", 0, 10);
  const auto before = broker->offsets().version();
  broker.commit("g", "t", 0, 10);
  broker.commit("g", "t", 0, 5);
  broker->offsets().forget_group("nobody");
  EXPECT_EQ(broker->offsets().version(), before);
  broker.commit("g", "t", 0, 11);
  EXPECT_NE(broker->offsets().version(), before);
}

TEST_F(OffsetTableTest, tells_whose_offsets_there_are) {
  for (const char* group : {"b", "a"})
    for (const char* topic : {"y", "x"}) broker.commit(group, topic, 0, 1);
  broker.commit("c", "z", 0, 1);
  EXPECT_THAT(broker->offsets().topics_of("a"), ElementsAre(topic_name("x"), topic_name("y")));
  EXPECT_THAT(broker->offsets().groups_of("x"), ElementsAre(group_name("a"), group_name("b")));
}

TEST_F(OffsetTableTest, forgets_a_group_or_a_topic_for_good) {
  for (const char* group : {"a", "b"})
    for (const char* topic : {"x", "y"}) broker.commit(group, topic, 0, 7);
  broker.flush().value();
  broker->offsets().forget_group("a");
  broker->offsets().forget_topic("x");
  EXPECT_EQ(broker.committed("a", "y", 0), -1);
  EXPECT_EQ(broker.committed("b", "x", 0), -1);
  EXPECT_EQ(broker.committed("b", "y", 0), 7);
  broker.open().value();
  EXPECT_EQ(broker.committed("a", "y", 0), -1);
  EXPECT_EQ(broker.committed("b", "x", 0), -1);
  EXPECT_EQ(broker.committed("b", "y", 0), 7);
}

TEST_F(OffsetTableTest, begins_anew_for_a_group_that_was_forgotten) {
  broker.commit("g", "t", 0, 100);
  broker.flush().value();
  broker->offsets().forget_group("g");
  EXPECT_TRUE(broker.commit("g", "t", 0, 1));
  broker.open().value();
  EXPECT_EQ(broker.committed("g", "t", 0), 1);
}

TEST_F(OffsetTableTest, writes_what_an_operator_wishes_without_waiting_for_the_interval) {
  broker.commit("g", "t", 0, 100);
  broker.flush().value();
  std::promise<void> written;
  const auto watcher = broker->watch([&, told = false]() mutable {
    if (!std::exchange(told, true)) written.set_value();
  });
  broker->offsets().reset(group_name("g"), topic_name("t"), api::QueueId{0}, api::QueueOffset{1});
  written.get_future().wait();
}

TEST_F(OffsetTableTest, writes_only_rows_that_have_changed) {
  for (int i = 0; i < 100; ++i) broker.commit("g", "t" + std::to_string(i), 0, 1);
  broker.flush().value();
  const auto at = broker->snapshot().value().at;
  broker.commit("g", "t7", 0, 2);
  broker.commit("g", "t8", 0, 1);  // nothing new
  broker.flush().value();
  const auto changes = broker->changes_after(at, 1000).value().value();
  ASSERT_EQ(changes.changes.size(), 2u);
  EXPECT_EQ(changes.changes[0].key, "g@t7");
  EXPECT_EQ(changes.changes[1].space, "versions");
  broker.flush().value();
  EXPECT_THAT(broker->changes_after(changes.reached, 1000).value().value().changes, IsEmpty());
}

TEST_F(OffsetTableTest, loses_nothing_to_commits_from_many_threads_while_it_is_written) {
  constexpr int kThreads = 4;
  constexpr int kCommits = 2000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 1; i <= kCommits; ++i) broker.commit("g" + std::to_string(i % 7), "t", thread, i);
    });
  }
  for (int i = 0; i < 20; ++i) broker.flush().value();
  for (auto& thread : threads) thread.join();
  broker.open().value();
  for (int group = 0; group < 7; ++group) {
    const int last = kCommits - (kCommits - group) % 7;
    for (int thread = 0; thread < kThreads; ++thread)
      EXPECT_EQ(broker.committed("g" + std::to_string(group), "t", thread), last) << group << " " << thread;
  }
}

}  // namespace
}  // namespace gantry::kernel
