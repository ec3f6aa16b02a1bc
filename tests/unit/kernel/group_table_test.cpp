#include "kernel/group_table.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

api::Group unusual() {
  return {.name = group_name("orders"),
          .consume_enabled = false,
          .consume_from_min = false,
          .broadcast_enabled = false,
          .retry_queues = 3,
          .retry_max = -1,
          .broker_id = 1,
          .broker_when_slow = 2,
          .tell_members = false};
}

TEST(GroupTable, finds_what_was_put_now_and_after_a_restart) {
  const Folder folder;
  MetadataOnDisk broker(folder.path());
  broker.open().value();
  ASSERT_TRUE(broker.put(unusual()));
  EXPECT_EQ(*broker->groups().find("orders"), unusual());
  broker.open().value();
  EXPECT_EQ(*broker->groups().find("orders"), unusual());
  EXPECT_EQ(broker->groups().version().counter, 1);
}

TEST(GroupTable, a_removed_group_keeps_its_offsets) {
  const Folder folder;
  MetadataOnDisk broker(folder.path());
  broker.open().value();
  broker.put(unusual()).value();
  broker.commit("orders", "t", 0, 5);
  ASSERT_TRUE(outcome_of([&](auto done) { broker->groups().remove(group_name("orders"), std::move(done)); }));
  EXPECT_EQ(broker->groups().find("orders"), nullptr);
  EXPECT_EQ(broker.committed("orders", "t", 0), 5);
}

TEST(GroupCodec, refuses_a_group_under_another_name) {
  EXPECT_TRUE(GroupCodec::decode("g", R"({"groupName":"g"})"));
  EXPECT_FALSE(GroupCodec::decode("h", R"({"groupName":"g"})"));
  EXPECT_FALSE(GroupCodec::decode("a b", R"({"groupName":"a b"})"));
}

}  // namespace
}  // namespace gantry::kernel
