#include "kernel/metadata_writer.h"

#include "tests/unit/kernel/failing_vfs.h"
#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

class MetadataWriterTest : public testing::Test {
 protected:
  MetadataWriterTest() { broker.open().value(); }

  FailingVfs disk;
  Folder folder;
  MetadataOnDisk broker{folder.path()};
};

TEST_F(MetadataWriterTest, brings_what_waited_to_the_disk_with_one_sync) {
  constexpr int kTopics = 100;
  std::promise<void> held;
  std::promise<void> hold;
  broker->topics().put({.name = topic_name("first")}, api::Completion<void>([&](const Result<void>&) {
                         held.set_value();
                         hold.get_future().wait();
                       }));
  held.get_future().wait();
  std::atomic<int> transactions = 0;
  const auto watcher = broker->watch([&] { ++transactions; });
  for (int i = 0; i < kTopics; ++i)
    broker->topics().put({.name = topic_name("t" + std::to_string(i))}, nobody());
  std::promise<Result<void>> done;
  broker->topics().put({.name = topic_name("last")},
                       api::Completion<void>([&](const Result<void>& outcome) { done.set_value(outcome); }));
  hold.set_value();
  EXPECT_TRUE(done.get_future().get());
  broker->close();
  EXPECT_EQ(transactions, 2);  // the first one's watchers are told after `first` was
  EXPECT_EQ(broker->topics().version().counter, kTopics + 2);
}

TEST_F(MetadataWriterTest, watchers_may_ask_for_offsets_to_be_written_and_are_not_told_of_nothing) {
  std::atomic<int> told = 0;
  const auto watcher = broker->watch([&] {
    ++told;
    broker->flush_offsets(nobody());
  });
  broker.put({.name = topic_name("t")}).value();
  broker.remove_topic("nothing").value();
  broker.flush().value();
  broker->close();
  EXPECT_EQ(told, 1);
}

TEST_F(MetadataWriterTest, tells_in_the_order_in_which_changes_were_handed_in) {
  std::vector<int> told;
  std::promise<void> all;
  for (int i = 0; i < 50; ++i)
    broker->topics().put({.name = topic_name("t")}, api::Completion<void>([&, i](const Result<void>&) {
                           told.push_back(i);
                           if (i == 49) all.set_value();
                         }));
  all.get_future().wait();
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.size(), 50u);
}

TEST_F(MetadataWriterTest, writes_behind_once_the_interval_is_over) {
  broker.commit("g", "t", 0, 1);
  const auto at = broker->snapshot().value().at;
  broker.clock.move(std::chrono::milliseconds(4999));
  broker.put({.name = topic_name("t1")}).value();
  const auto none = broker->changes_after(at, 100).value().value().changes;
  EXPECT_EQ(none.size(), 2u);  // the topic and its version
  broker.clock.move(std::chrono::milliseconds(1));
  broker.put({.name = topic_name("t2")}).value();
  broker->close();
  const auto changes = broker->changes_after(at, 100).value().value().changes;
  EXPECT_THAT(changes, testing::Contains(testing::Field(&MetadataChange::key, "g@t")));
}

TEST_F(MetadataWriterTest, writes_behind_by_itself) {
  Folder other;
  MetadataOnDisk quick(other.path());
  quick.setting.offsets_interval = std::chrono::milliseconds(1);
  quick.open().value();
  std::promise<void> written;
  const auto watcher = quick->watch([&, told = false]() mutable {
    if (!std::exchange(told, true)) written.set_value();
  });
  quick.commit("g", "t", 0, 1);
  quick.clock.move(std::chrono::milliseconds(1));
  written.get_future().wait();
}

TEST_F(MetadataWriterTest, refuses_changes_after_its_close_and_has_done_all_before) {
  std::promise<Result<void>> before;
  broker->topics().put({.name = topic_name("t")}, api::Completion<void>([&](const Result<void>& outcome) {
                         before.set_value(outcome);
                       }));
  broker.commit("g", "t", 0, 7);
  broker->close();
  EXPECT_TRUE(before.get_future().get());
  EXPECT_THAT(broker.put({.name = topic_name("u")}).error().text, HasSubstr("the broker is stopping"));
  EXPECT_FALSE(broker.flush());
  EXPECT_NE(broker->topics().find("t"), nullptr);
  broker.open().value();
  EXPECT_EQ(broker.committed("g", "t", 0), 7);
}

TEST_F(MetadataWriterTest, survives_whoever_throws_at_it) {
  const auto watcher = broker->watch([] { throw std::runtime_error("watcher's fault"); });
  broker->topics().put({.name = topic_name("t")}, api::Completion<void>([](const Result<void>&) {
                         throw std::runtime_error("asker's fault");
                       }));
  EXPECT_TRUE(broker.put({.name = topic_name("u")}));
  broker->close();
  EXPECT_EQ(broker.log.wait_for("whoever was told of a metadata change failed")->field("reason"),
            "\"asker\'s fault\"");
  EXPECT_EQ(broker.log.wait_for("metadata watcher failed")->field("reason"), "\"watcher\'s fault\"");
}

}  // namespace
}  // namespace gantry::kernel
