#include "kernel/topic_table.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

class TopicTableTest : public testing::Test {
 protected:
  TopicTableTest() { broker.open().value(); }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& topic : broker->topics().all()) found.push_back(topic->name.str());
    return found;
  }

  Folder folder;
  MetadataOnDisk broker{folder.path()};
};

api::Topic unusual() {
  return {.name = topic_name("%RETRY%orders-1|x_"),
          .read_queues = 3,
          .write_queues = 5,
          .perm = 7,
          .order = true,
          .sys_flag = 3,
          .multi_tag = true};
}

TEST_F(TopicTableTest, finds_what_was_put_now_and_after_a_restart) {
  EXPECT_EQ(broker->topics().find("%RETRY%orders-1|x_"), nullptr);
  ASSERT_TRUE(broker.put(unusual()));
  EXPECT_EQ(*broker->topics().find("%RETRY%orders-1|x_"), unusual());
  const auto version = broker->topics().version();
  EXPECT_EQ(version, (api::TableVersion{.changed_at = 1'700'000'000'000, .counter = 1}));
  broker.open().value();
  EXPECT_EQ(*broker->topics().find("%RETRY%orders-1|x_"), unusual());
  EXPECT_EQ(broker->topics().version(), version);
}

TEST_F(TopicTableTest, what_was_found_does_not_change_when_the_topic_does) {
  broker.put({.name = topic_name("t"), .read_queues = 1}).value();
  const auto before = broker->topics().find("t");
  broker.put({.name = topic_name("t"), .read_queues = 2}).value();
  EXPECT_EQ(before->read_queues, 1);
  EXPECT_EQ(broker->topics().find("t")->read_queues, 2);
}

TEST_F(TopicTableTest, lists_by_name) {
  for (const char* name : {"b", "a", "c"}) broker.put({.name = topic_name(name)}).value();
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(TopicTableTest, removes_and_counts_only_what_was_there) {
  broker.put({.name = topic_name("t")}).value();
  ASSERT_TRUE(broker.remove_topic("t"));
  EXPECT_EQ(broker->topics().find("t"), nullptr);
  const auto version = broker->topics().version();
  EXPECT_EQ(version.counter, 2);
  ASSERT_TRUE(broker.remove_topic("t"));
  EXPECT_EQ(broker->topics().version(), version);
  broker.open().value();
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TopicTableTest, a_change_is_visible_by_the_time_it_is_told_as_done) {
  std::promise<bool> seen;
  broker->topics().put({.name = topic_name("t")}, api::Completion<void>([&](const Result<void>& outcome) {
                         seen.set_value(outcome && broker->topics().find("t") != nullptr);
                       }));
  EXPECT_TRUE(seen.get_future().get());
}

TEST_F(TopicTableTest, watchers_hear_of_each_change_until_they_end) {
  std::atomic<int> told = 0;
  auto watcher = broker->topics().watch([&] { ++told; });
  broker.put({.name = topic_name("a")}).value();
  EXPECT_EQ(told, 1);
  broker.remove_topic("a").value();
  broker.remove_topic("a").value();  // changes nothing
  EXPECT_EQ(told, 2);
  watcher.reset();
  broker.put({.name = topic_name("b")}).value();
  EXPECT_EQ(told, 2);
}

TEST(TopicCodec, refuses_what_is_no_topic_or_another_one) {
  const auto why = [](std::string_view text) { return TopicCodec::decode("t", text).error().text; };
  EXPECT_THAT(why("{"), HasSubstr("topic \"t\""));
  EXPECT_THAT(why(R"({"topicName":"other"})"), HasSubstr("calls itself \"other\""));
  EXPECT_FALSE(TopicCodec::decode("a/b", R"({"topicName":"a/b"})"));
}

}  // namespace
}  // namespace gantry::kernel
