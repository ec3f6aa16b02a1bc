#include "kernel/metadata_feed.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

// A broker and a replica that follows it.
class MetadataFeedTest : public testing::Test {
 protected:
  MetadataFeedTest() {
    source.setting.removals_kept = 4;
    source.open().value();
    replica.open().value();
    space = source->key_values("p");
  }

  Result<void> apply(auto what) {
    return outcome_of([&](auto done) { replica->apply(std::move(what), std::move(done)); });
  }

  // As a replication plugin would. How many snapshots it took.
  int follow(std::size_t limit = 3) {
    source.flush().value();
    int snapshots = 0;
    while (true) {
      auto changes = source->changes_after(replica->followed(), limit).value();
      if (!changes) {
        ++snapshots;
        apply(source->snapshot().value()).value();
        continue;
      }
      const bool more = changes->more;
      apply(std::move(*changes)).value();
      if (!more) return snapshots;
    }
  }

  void expect_equal() {
    EXPECT_EQ(entries_of(*replica), entries_of(*source));
    EXPECT_EQ(replica->topics().version(), source->topics().version());
    EXPECT_EQ(replica->groups().version(), source->groups().version());
    EXPECT_EQ(replica->offsets().version(), source->offsets().version());
    ASSERT_EQ(replica->topics().all().size(), source->topics().all().size());
    for (const auto& topic : source->topics().all()) EXPECT_EQ(*replica->topics().find(topic->name), *topic);
    for (const auto& group : source->groups().all()) EXPECT_EQ(*replica->groups().find(group->name), *group);
  }

  Folder folder;
  MetadataOnDisk source{folder / "source"};
  MetadataOnDisk replica{folder / "replica"};
  std::unique_ptr<api::KeyValues> space;
};

TEST_F(MetadataFeedTest, a_replica_begins_with_a_snapshot_and_ends_with_the_same_entries) {
  for (int i = 0; i < 10; ++i) source.put({.name = topic_name("t" + std::to_string(i))}).value();
  source.put({.name = group_name("g")}).value();
  source.commit("g", "t1", 2, 99);
  source.change(*space, {{"k", "v"}}).value();
  EXPECT_EQ(follow(), 1);
  expect_equal();
  EXPECT_EQ(replica.committed("g", "t1", 2), 99);
  EXPECT_EQ(replica->key_values("p")->get("k"), "v");
}

TEST_F(MetadataFeedTest, later_changes_of_every_kind_come_without_a_snapshot) {
  source.put({.name = topic_name("t")}).value();
  follow();
  source.put({.name = topic_name("t"), .perm = 4}).value();
  source.put({.name = topic_name("u")}).value();
  source.remove_topic("u").value();
  source.put({.name = group_name("g")}).value();
  source.commit("g", "t", 0, 5);
  source.change(*space, {{"a", "1"}, {"b", "2"}}).value();
  source.change(*space, {{"a", std::nullopt}}).value();
  EXPECT_EQ(follow(), 0);
  expect_equal();
  EXPECT_EQ(replica->topics().find("t")->perm, 4);
}

TEST_F(MetadataFeedTest, a_replica_goes_on_where_it_was_after_a_restart_of_either) {
  source.put({.name = topic_name("t")}).value();
  follow();
  space.reset();
  source.open().value();
  source.put({.name = topic_name("u")}).value();
  replica.open().value();
  EXPECT_EQ(follow(), 0);
  expect_equal();
}

TEST_F(MetadataFeedTest, one_that_missed_too_many_removals_begins_anew_and_loses_what_is_gone) {
  for (int i = 0; i < 20; ++i) source.put({.name = topic_name("t" + std::to_string(i))}).value();
  source.commit("g", "t1", 0, 5);
  follow();
  for (int i = 0; i < 19; ++i) source.remove_topic("t" + std::to_string(i)).value();
  source->offsets().forget_group("g");
  EXPECT_EQ(follow(), 1);
  expect_equal();
  EXPECT_EQ(replica->topics().all().size(), 1u);
  EXPECT_EQ(replica.committed("g", "t1", 0), -1);
  replica.open().value();
  expect_equal();
}

TEST_F(MetadataFeedTest, the_revision_stays_when_everything_was_taken_out_and_pruned) {
  for (int i = 0; i < 9; ++i) source.change(*space, {{std::to_string(i), "v"}}).value();
  std::vector<api::KeyValueChange> all;
  for (int i = 0; i < 9; ++i) all.push_back({std::to_string(i), std::nullopt});
  source.change(*space, all).value();
  const auto at = source->snapshot().value().at;
  space.reset();
  source.open().value();
  EXPECT_EQ(source->snapshot().value().at, at);
}

TEST_F(MetadataFeedTest, a_replica_of_another_history_or_of_the_future_begins_anew) {
  source.put({.name = topic_name("t")}).value();
  const auto at = source->snapshot().value().at;
  EXPECT_FALSE(source->changes_after({.history = at.history + 1, .revision = 0}, 10).value().has_value());
  EXPECT_FALSE(
      source->changes_after({.history = at.history, .revision = at.revision + 1}, 10).value().has_value());
  EXPECT_TRUE(source->changes_after(at, 10).value().has_value());
}

TEST_F(MetadataFeedTest, changes_that_do_not_begin_where_the_replica_is_are_refused_whole) {
  source.put({.name = topic_name("a")}).value();
  follow();
  const auto at = replica->followed();
  source.put({.name = topic_name("b")}).value();
  auto missed = source->changes_after(at, 1).value().value();
  source.put({.name = topic_name("c")}).value();
  const auto refused = apply(source->changes_after(missed.reached, 10).value().value());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("ask for the changes after that, or for a snapshot"));
  EXPECT_EQ(replica->followed(), at);
  EXPECT_EQ(replica->topics().find("c"), nullptr);
}

TEST_F(MetadataFeedTest, changes_that_no_entry_can_hold_are_refused_whole) {
  follow();
  const auto at = replica->followed();
  for (const MetadataChange& wrong :
       {MetadataChange{"topics", "t", "{"}, MetadataChange{"groups", "g", "[]"},
        MetadataChange{"offsets", "x", ""}, MetadataChange{"offsets", "g@t", ""},
        MetadataChange{"offsets", "", "x"}, MetadataChange{"versions", "topics", "soon"}}) {
    const MetadataChanges changes{
        .after = at, .reached = {at.history, at.revision + 9}, .changes = {{"plugin/p", "k", "v"}, wrong}};
    EXPECT_FALSE(apply(changes)) << wrong.space << " " << wrong.key;
    EXPECT_EQ(replica->followed(), at);
  }
  EXPECT_EQ(replica->key_values("p")->get("k"), std::nullopt);
}

TEST_F(MetadataFeedTest, offsets_go_forward_on_a_replica_that_was_ahead) {
  source.commit("g", "t", 0, 10);
  follow();
  replica.commit("g", "t", 0, 50);
  source.commit("g", "t", 0, 20);
  source.commit("g", "t", 1, 1);
  follow();
  EXPECT_EQ(replica.committed("g", "t", 0), 50);
  EXPECT_EQ(replica.committed("g", "t", 1), 1);
  replica.open().value();
  EXPECT_EQ(replica.committed("g", "t", 0), 50);
}

TEST_F(MetadataFeedTest, a_reset_reaches_a_replica_that_was_ahead) {
  source.commit("g", "t", 0, 10);
  follow();
  replica.commit("g", "t", 0, 50);
  source->offsets().reset(group_name("g"), topic_name("t"), api::QueueId{0}, api::QueueOffset{3});
  follow();
  EXPECT_EQ(replica.committed("g", "t", 0), 3);
  expect_equal();
}

TEST_F(MetadataFeedTest, a_group_that_began_anew_does_so_on_a_replica_that_saw_nothing_of_it) {
  source.commit("g", "t", 0, 1000);
  follow();
  source->offsets().forget_group("g");
  source.flush().value();
  space.reset();
  source.open().value();  // what counts is on disk
  source.commit("g", "t", 0, 2);
  follow();
  EXPECT_EQ(replica.committed("g", "t", 0), 2);
  expect_equal();
}

TEST_F(MetadataFeedTest, a_snapshot_sees_the_changes_that_were_handed_in_before_it) {
  source.put({.name = topic_name("t")}).value();
  auto snapshot = source->snapshot().value();
  replica->topics().put({.name = topic_name("stray")}, nobody());
  apply(std::move(snapshot)).value();
  EXPECT_EQ(replica->topics().find("stray"), nullptr);
  expect_equal();
}

TEST_F(MetadataFeedTest, a_replica_can_be_followed_itself) {
  source.put({.name = topic_name("t")}).value();
  source.commit("g", "t", 0, 10);
  follow();
  MetadataOnDisk third(folder / "third");
  third.open().value();
  outcome_of([&](auto done) { third->apply(replica->snapshot().value(), std::move(done)); }).value();
  EXPECT_EQ(entries_of(*third), entries_of(*source));
}

TEST_F(MetadataFeedTest, watchers_of_topics_hear_of_what_was_replicated) {
  std::atomic<int> told = 0;
  const auto watcher = replica->topics().watch([&] { ++told; });
  source.put({.name = topic_name("t")}).value();
  follow();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace gantry::kernel
