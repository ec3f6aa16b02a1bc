#include "kernel/api/testing/memory_key_values.h"

#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

class Outcomes {
 public:
  Completion<void> next() {
    return Completion<void>(
        [this](const Result<void>& outcome) { text += outcome ? "ok;" : outcome.error().text + ";"; });
  }
  std::string text;
};

TEST(MemoryKeyValues, shows_a_change_once_it_is_written_and_not_before) {
  MemoryKeyValues values;
  Outcomes told;
  values.change({{"a", "1"}}, told.next());
  EXPECT_EQ(values.get("a"), std::nullopt);
  EXPECT_TRUE(values.write());
  EXPECT_EQ(values.get("a"), "1");
  EXPECT_EQ(told.text, "ok;");
  values.change({{"a", std::nullopt}}, told.next());
  values.write();
  EXPECT_EQ(values.get("a"), std::nullopt);
  EXPECT_FALSE(values.write());
}

TEST(MemoryKeyValues, scans_what_begins_with_a_prefix_until_it_is_stopped) {
  MemoryKeyValues values;
  Outcomes told;
  values.change({{"ab", ""}, {"b", ""}, {"aa", ""}, {"a", ""}}, told.next());
  values.write();
  std::string seen;
  values.scan("a", [&](std::string_view key, std::string_view) {
    seen.append(key).append(";");
    return key != "aa";
  });
  EXPECT_EQ(seen, "a;aa;");
}

TEST(MemoryKeyValues, takes_nothing_of_a_change_that_is_too_large_or_refused) {
  MemoryKeyValues values;
  Outcomes told;
  values.change({{"a", "1"}, {std::string(MemoryKeyValues::kLongestKey + 1, 'k'), "1"}}, told.next());
  values.change({{"a", std::string(MemoryKeyValues::kLongestValue + 1, 'v')}}, told.next());
  values.write();
  values.refuse(Refusal{.text = "full"});
  values.change({{"a", "1"}}, told.next());
  values.write();
  EXPECT_EQ(values.get("a"), std::nullopt);
  EXPECT_EQ(told.text,
            "a key has 1025 bytes, 1024 are allowed;a value has 1048577 bytes, 1048576 are allowed;full;");
}

TEST(MemoryKeyValues, loses_what_was_not_written_when_the_process_is_killed) {
  MemoryKeyValues values;
  Outcomes told;
  values.change({{"a", "1"}}, told.next());
  values.lose();
  EXPECT_FALSE(values.write());
  EXPECT_EQ(values.get("a"), std::nullopt);
  EXPECT_NE(told.text, "ok;");
}

}  // namespace
}  // namespace gantry::api::testing
