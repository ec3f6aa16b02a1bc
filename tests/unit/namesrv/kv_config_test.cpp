#include "namesrv/kv_config.h"

#include "tests/unit/disk/simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using testing::HasSubstr;

constexpr const char* kFile = "d/kvConfig.json";

std::string value(const KvConfig& kv, std::string_view name_space, std::string_view key) {
  const auto state = kv.now();
  const std::string* found = state->find(name_space, key);
  return found ? *found : "none";
}

KvTables reopened(const std::string& text) {
  disk::SimulatedDisk disk;
  disk.plant(kFile, text);
  return load_kv_file(disk, kFile).value();
}

TEST(KvConfig, what_was_put_is_there_and_on_disk) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {});
  ASSERT_TRUE(kv.put("ns", "k", "v"));
  EXPECT_EQ(value(kv, "ns", "k"), "v");
  EXPECT_EQ(value(kv, "ns", "other"), "none");
  EXPECT_EQ(value(kv, "other", "k"), "none");
  for (const auto& text : disk.texts_after_power_cut(kFile)) {
    EXPECT_EQ(reopened(text), (KvTables{{"ns", {{"k", "v"}}}}));
  }
}

TEST(KvConfig, a_state_that_was_taken_does_not_change) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {{"ns", {{"k", "1"}}}});
  const auto before = kv.now();
  ASSERT_TRUE(kv.put("ns", "k", "2"));
  EXPECT_EQ(*before->find("ns", "k"), "1");
  EXPECT_EQ(value(kv, "ns", "k"), "2");
}

TEST(KvConfig, removing_the_last_key_leaves_an_empty_namespace) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {{"ns", {{"k", "1"}}}});
  ASSERT_TRUE(kv.remove("ns", "k"));
  const auto state = kv.now();
  ASSERT_NE(state->find("ns"), nullptr);
  EXPECT_TRUE(state->find("ns")->empty());
  EXPECT_EQ(reopened(disk.text(kFile)), (KvTables{{"ns", {}}}));
}

TEST(KvConfig, what_changes_nothing_writes_nothing) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {{"ns", {{"k", "1"}}}});
  EXPECT_TRUE(kv.put("ns", "k", "1"));
  EXPECT_TRUE(kv.remove("ns", "other"));
  EXPECT_TRUE(kv.remove("other", "k"));
  EXPECT_EQ(disk.calls(), 0);
}

TEST(KvConfig, a_failed_write_at_any_call_is_an_error_and_leaves_memory_as_it_was) {
  for (int nth = 0;; ++nth) {
    disk::SimulatedDisk disk;
    disk.plant(kFile, kv_file_text({{"ns", {{"k", "old"}}}}));
    KvConfig kv(disk, kFile, {{"ns", {{"k", "old"}}}});
    disk.fail_from_now({.fail_at = nth});
    const auto put = kv.put("ns", "k", "new");
    if (!disk.fault_fired()) break;
    ASSERT_FALSE(put) << "call " << nth;
    EXPECT_THAT(put.error().text, HasSubstr("Input/output error"));
    EXPECT_EQ(value(kv, "ns", "k"), "old") << "call " << nth;
    for (const auto& text : disk.texts_after_power_cut(kFile)) {
      EXPECT_THAT(reopened(text).at("ns").at("k"), testing::AnyOf("old", "new")) << "call " << nth;
    }

    // What was refused may be on disk all the same; saying again what memory holds must put that right.
    ASSERT_TRUE(kv.put("ns", "k", "old"));
    for (const auto& text : disk.texts_after_power_cut(kFile)) {
      EXPECT_EQ(reopened(text).at("ns").at("k"), "old") << "call " << nth;
    }
  }
}

TEST(KvConfig, removing_what_is_not_there_also_puts_an_unsure_disk_right) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {});
  disk.fail_from_now({.fail_at = 4});
  EXPECT_FALSE(kv.put("ns", "k", "v"));
  ASSERT_EQ(reopened(disk.text(kFile)).size(), 1u) << "the directory's sync failed, the rename had worked";
  ASSERT_TRUE(kv.remove("ns", "k"));
  EXPECT_EQ(reopened(disk.text(kFile)), KvTables{});
}

TEST(KvConfig, refuses_a_value_one_byte_too_long) {
  disk::SimulatedDisk disk;
  KvConfig kv(disk, kFile, {}, {.longest_value = 10, .total = 1000});
  EXPECT_TRUE(kv.put("ns", "k", std::string(10, 'x')));
  EXPECT_EQ(kv.put("ns", "k", std::string(11, 'x')).error().text,
            "value of key k has 11 bytes; at most 10 are kept");
  EXPECT_EQ(value(kv, "ns", "k"), std::string(10, 'x'));
}

TEST(KvConfig, refuses_to_grow_past_its_limit_and_still_shrinks) {
  disk::SimulatedDisk disk;
  const std::size_t full = kv_file_text({{"ns", {{"a", "1234"}}}}).size();
  KvConfig kv(disk, kFile, {}, {.longest_value = 100, .total = full});
  EXPECT_TRUE(kv.put("ns", "a", "1234"));
  EXPECT_THAT(kv.put("ns", "a", "12345").error().text, HasSubstr("at most " + std::to_string(full)));
  EXPECT_THAT(kv.put("ns", "b", "").error().text, HasSubstr("Delete entries first"));
  EXPECT_TRUE(kv.remove("ns", "a"));
  EXPECT_TRUE(kv.put("ns", "b", "1"));
}

}  // namespace
}  // namespace gantry::namesrv
