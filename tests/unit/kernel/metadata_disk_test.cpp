#include "kernel/metadata.h"
#include "tests/unit/kernel/failing_vfs.h"
#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// What happens when the disk does not do what it is told.
class MetadataDisk : public testing::Test {
 protected:
  MetadataDisk() {
    broker.open().value();
    broker.put({.name = topic_name("before")}).value();
  }

  FailingVfs disk;  // before the broker opens its database
  Folder folder;
  MetadataOnDisk broker{folder.path()};
};

TEST_F(MetadataDisk, a_full_one_refuses_the_change_with_its_reason_and_takes_the_next_when_there_is_space) {
  const auto version = broker->topics().version();
  const auto space = broker->key_values("p");
  disk.full = true;
  const auto refused = broker.put({.name = topic_name("t")});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, AllOf(HasSubstr("the disk is full"), HasSubstr("metadata.db")));
  EXPECT_FALSE(broker.remove_topic("before"));
  EXPECT_FALSE(broker.change(*space, {{"k", "v"}}));
  EXPECT_EQ(broker->topics().find("t"), nullptr);
  EXPECT_NE(broker->topics().find("before"), nullptr);
  EXPECT_EQ(broker->topics().version(), version);
  EXPECT_EQ(space->get("k"), std::nullopt);
  disk.full = false;
  EXPECT_TRUE(broker.put({.name = topic_name("t")}));
  EXPECT_TRUE(broker.change(*space, {{"k", "v"}}));
  EXPECT_EQ(broker->topics().version().counter, version.counter + 1);
}

TEST_F(MetadataDisk, a_full_one_keeps_offsets_waiting_and_says_so_once_a_minute) {
  const auto lines = [&] { return broker.log.count("offsets could not be written and are tried again"); };
  broker.commit("g", "t", 0, 5);
  disk.full = true;
  EXPECT_FALSE(broker.flush());
  EXPECT_EQ(lines(), 1u);
  broker.clock.move(std::chrono::seconds(59));
  broker.commit("g", "t", 0, 6);
  EXPECT_FALSE(broker.flush());
  EXPECT_EQ(lines(), 1u);
  broker.clock.move(std::chrono::seconds(1));
  EXPECT_FALSE(broker.flush());
  EXPECT_EQ(lines(), 2u);
  EXPECT_EQ(broker.committed("g", "t", 0), 6);
  disk.full = false;
  EXPECT_TRUE(broker.flush());
  EXPECT_EQ(broker.log.count("offsets are written again"), 1u);
  broker.open().value();
  EXPECT_EQ(broker.committed("g", "t", 0), 6);
}

TEST_F(MetadataDisk, a_full_one_forgets_no_forgetting) {
  broker.commit("g", "t", 0, 5);
  broker.commit("h", "t", 0, 5);
  broker.flush().value();
  disk.full = true;
  broker->offsets().forget_group("g");
  broker->offsets().forget_group("h");
  EXPECT_FALSE(broker.flush());
  broker.commit("h", "t", 0, 1);
  disk.full = false;
  EXPECT_TRUE(broker.flush());
  broker.open().value();
  EXPECT_EQ(broker.committed("g", "t", 0), -1);
  EXPECT_EQ(broker.committed("h", "t", 0), 1);
}

TEST_F(MetadataDisk, one_that_does_not_sync_refuses_the_change) {
  disk.sync_fails = true;
  EXPECT_FALSE(broker.put({.name = topic_name("t")}));
  EXPECT_EQ(broker->topics().find("t"), nullptr);
  disk.sync_fails = false;
  EXPECT_TRUE(broker.put({.name = topic_name("u")}));
  broker.open().value();
  EXPECT_EQ(broker->topics().find("t"), nullptr);
  EXPECT_NE(broker->topics().find("u"), nullptr);
}

TEST_F(MetadataDisk, one_that_fails_at_any_call_leaves_what_was_told_as_done) {
  for (int call = 0;; ++call) {
    const std::string name = "t" + std::to_string(call);
    broker.open().value();
    disk.writes_left = call;
    const auto done = broker.put({.name = topic_name(name)});
    broker.close();  // whose bringing in of the log fails as well
    disk.writes_left = -1;
    broker.open().value();
    EXPECT_NE(broker->topics().find("before"), nullptr);
    if (done) {
      EXPECT_NE(broker->topics().find(name), nullptr) << call;
    }
    for (int i = 0; i < call; ++i) broker.remove_topic("t" + std::to_string(i)).value();
    if (done && call > 8) break;
    ASSERT_LT(call, 100);
  }
}

TEST_F(MetadataDisk, a_change_that_does_not_fit_takes_no_other_with_it) {
  // Handed in together, while the writer is held: they share a transaction.
  std::promise<void> hold;
  std::promise<void> held;
  broker->topics().put({.name = topic_name("first")}, api::Completion<void>([&](const Result<void>&) {
                         held.set_value();
                         hold.get_future().wait();
                       }));
  held.get_future().wait();
  const auto space = broker->key_values("p");
  std::promise<Result<void>> wrong;
  std::promise<Result<void>> right;
  broker->apply(MetadataChanges{.after = {.history = 5}},
                api::Completion<void>([&](const Result<void>& outcome) { wrong.set_value(outcome); }));
  broker->topics().put({.name = topic_name("second")},
                       api::Completion<void>([&](const Result<void>& outcome) { right.set_value(outcome); }));
  hold.set_value();
  EXPECT_FALSE(wrong.get_future().get());
  EXPECT_TRUE(right.get_future().get());
}

TEST_F(MetadataDisk, one_that_is_full_at_the_first_start_leaves_no_half_made_database) {
  broker.close();
  Folder fresh;
  MetadataOnDisk first(fresh.path());
  disk.full = true;
  EXPECT_THAT(first.open().error().text, AllOf(HasSubstr("cannot be made"), HasSubstr("the disk is full")));
  EXPECT_FALSE(std::filesystem::exists(fresh / "metadata.db"));
  disk.full = false;
  EXPECT_TRUE(first.open());
}

}  // namespace
}  // namespace gantry::kernel
