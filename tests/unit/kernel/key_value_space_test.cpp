#include "kernel/key_value_space.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class KeyValueSpaceTest : public testing::Test {
 protected:
  KeyValueSpaceTest() {
    broker.open().value();
    space = broker->key_values("hello");
  }

  std::vector<std::string> scanned(std::string_view prefix) {
    std::vector<std::string> found;
    space->scan(prefix, [&](std::string_view key, std::string_view value) {
      found.push_back(std::string(key) + "=" + std::string(value));
      return true;
    });
    return found;
  }

  Folder folder;
  MetadataOnDisk broker{folder.path()};
  std::unique_ptr<api::KeyValues> space;
};

TEST_F(KeyValueSpaceTest, reads_what_was_changed_now_and_after_a_restart) {
  EXPECT_EQ(space->get("k"), std::nullopt);
  ASSERT_TRUE(
      broker.change(*space, {{"k", "v"}, {"empty", ""}, {std::string("\0\xff", 2), std::string("\0", 1)}}));
  space.reset();
  broker.open().value();
  space = broker->key_values("hello");
  EXPECT_EQ(space->get("k"), "v");
  EXPECT_EQ(space->get("empty"), "");
  EXPECT_EQ(space->get(std::string("\0\xff", 2)), std::string("\0", 1));
}

TEST_F(KeyValueSpaceTest, a_later_change_of_one_call_wins) {
  ASSERT_TRUE(broker.change(*space, {{"k", "1"}, {"k", "2"}, {"gone", "1"}, {"gone", std::nullopt}}));
  EXPECT_EQ(space->get("k"), "2");
  EXPECT_EQ(space->get("gone"), std::nullopt);
}

TEST_F(KeyValueSpaceTest, scans_a_prefix_in_byte_order_and_stops_when_told) {
  ASSERT_TRUE(broker.change(
      *space, {{"b/2", "x"}, {"b/1", "y"}, {"b", "z"}, {"a", "1"}, {"c", "2"}, {"b\xff", "w"}}));
  EXPECT_THAT(scanned("b/"), ElementsAre("b/1=y", "b/2=x"));
  EXPECT_THAT(scanned("b"), ElementsAre("b=z", "b/1=y", "b/2=x", "b\xff=w"));
  EXPECT_EQ(scanned("").size(), 6u);
  int seen = 0;
  space->scan("", [&](std::string_view, std::string_view) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
}

TEST_F(KeyValueSpaceTest, can_be_read_from_within_a_scan_and_survives_one_that_throws) {
  ASSERT_TRUE(broker.change(*space, {{"a", "1"}, {"b", "2"}}));
  std::string other;
  space->scan("a", [&](std::string_view, std::string_view) {
    other = space->get("b").value();
    return true;
  });
  EXPECT_EQ(other, "2");
  EXPECT_THROW(
      space->scan("a", [](std::string_view, std::string_view) -> bool { throw std::runtime_error("x"); }),
      std::runtime_error);
  EXPECT_EQ(space->get("a"), "1");
}

TEST_F(KeyValueSpaceTest, is_no_other_plugins) {
  ASSERT_TRUE(broker.change(*space, {{"k", "v"}}));
  const auto other = broker->key_values("hello2");
  EXPECT_EQ(other->get("k"), std::nullopt);
  ASSERT_TRUE(broker.change(*other, {{"k", "w"}}));
  EXPECT_EQ(broker->key_values("hello")->get("k"), "v");
}

TEST_F(KeyValueSpaceTest, refuses_what_is_too_long_and_changes_nothing_then) {
  const std::string long_key(1025, 'k');
  const auto key = broker.change(*space, {{"good", "v"}, {long_key, "v"}});
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().text, HasSubstr("has 1025 bytes, 1024 are allowed"));
  EXPECT_THAT(key.error().text, HasSubstr("plugin/hello"));
  const auto value = broker.change(*space, {{"k", std::string(1024 * 1024 + 1, 'v')}});
  ASSERT_FALSE(value);
  EXPECT_THAT(value.error().text, HasSubstr("has 1048577 bytes, 1048576 are allowed"));
  EXPECT_EQ(space->get("good"), std::nullopt);
  EXPECT_TRUE(broker.change(*space, {{std::string(1024, 'k'), std::string(1024 * 1024, 'v')}}));
}

TEST_F(KeyValueSpaceTest, a_change_outlives_the_object_it_was_made_through) {
  std::promise<Result<void>> told;
  space->change({{"k", "v"}},
                api::Completion<void>([&](const Result<void>& outcome) { told.set_value(outcome); }));
  space.reset();
  EXPECT_TRUE(told.get_future().get());
  EXPECT_EQ(broker->key_values("hello")->get("k"), "v");
}

TEST_F(KeyValueSpaceTest, has_a_version_as_other_tables_do) {
  ASSERT_TRUE(broker.change(*space, {{"k", "v"}}));
  ASSERT_TRUE(broker.change(*space, {{"nothing", std::nullopt}}));
  const auto entries = entries_of(*broker);
  EXPECT_THAT(entries, testing::Contains(MetadataChange{"versions", "plugin/hello", "1 1700000000000"}));
}

}  // namespace
}  // namespace gantry::kernel
