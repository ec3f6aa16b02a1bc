#include "kernel/entry_table.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class EntryTableTest : public testing::Test {
 protected:
  EntryTableTest() {
    database = Database::open(folder / "entries.db", Database::Open::create).value();
    EntryTable::create(*database, 77).value();
    entries.emplace(*database);
    load();
    reader.emplace(*database);
  }
  std::vector<MetadataChange> load() {
    std::vector<MetadataChange> found;
    entries
        ->load([&](const MetadataChange& entry) -> Result<void> {
          found.push_back(entry);
          return {};
        })
        .value();
    return found;
  }
  void reopen() {
    reader.reset();
    entries.reset();
    database = Database::open(folder / "entries.db", Database::Open::existing).value();
    entries.emplace(*database);
    reader.emplace(*database);
  }
  template <class Change>
  void transaction(Change change) {
    entries->begin().value();
    change();
    entries->commit().value();
  }

  Folder folder;
  std::unique_ptr<Database> database;
  std::optional<EntryTable> entries;
  std::optional<EntryReader> reader;
};

TEST_F(EntryTableTest, holds_what_was_committed_and_nothing_of_what_was_rolled_back) {
  transaction([&] { entries->put("s", "k", "v").value(); });
  entries->begin().value();
  entries->put("s", "k", "w").value();
  entries->put("t", "k", "w").value();
  EXPECT_EQ(entries->next_version("s", 5).value().counter, 1);
  entries->rollback();
  EXPECT_EQ(entries->version("s"), api::TableVersion());
  EXPECT_EQ(reader->get("s", "k").value(), "v");
  EXPECT_EQ(reader->get("t", "k").value(), std::nullopt);
  EXPECT_EQ(reader->snapshot().value().at, (FeedPosition{.history = 77, .revision = 1}));
}

TEST_F(EntryTableTest, each_change_has_the_next_revision_and_an_entry_only_its_last) {
  transaction([&] {
    for (const char* value : {"1", "2", "3"}) entries->put("s", "k", value).value();
    entries->put("s", "l", "").value();
  });
  const auto changes = reader->changes_after({.history = 77, .revision = 0}, 10).value().value();
  EXPECT_THAT(changes.changes,
              testing::ElementsAre(MetadataChange{"s", "k", "3"}, MetadataChange{"s", "l", ""}));
  EXPECT_EQ(changes.reached.revision, 4);
  EXPECT_FALSE(changes.more);
  const auto first = reader->changes_after({.history = 77, .revision = 0}, 1).value().value();
  EXPECT_THAT(first.changes, SizeIs(1));
  EXPECT_TRUE(first.more);
}

TEST_F(EntryTableTest, what_is_taken_out_is_a_change_without_a_value_once) {
  transaction([&] { entries->put("s", "k", "v").value(); });
  transaction([&] {
    EXPECT_EQ(entries->remove("s", "k").value(), EntryTable::Effect::changed);
    EXPECT_EQ(entries->remove("s", "k").value(), EntryTable::Effect::none);
    EXPECT_EQ(entries->remove("s", "other").value(), EntryTable::Effect::none);
  });
  EXPECT_EQ(reader->get("s", "k").value(), std::nullopt);
  EXPECT_THAT(reader->changes_after({.history = 77, .revision = 0}, 10).value()->changes,
              testing::ElementsAre(MetadataChange{"s", "k", std::nullopt}));
  EXPECT_THAT(reader->snapshot().value().entries, SizeIs(0));
}

TEST_F(EntryTableTest, forgets_the_oldest_removals_and_says_so_to_whoever_missed_them) {
  transaction([&] {
    for (int i = 0; i < 20; ++i) entries->put("s", std::to_string(i), "v").value();
  });
  transaction([&] {
    for (int i = 0; i < 20; ++i) static_cast<void>(entries->remove("s", std::to_string(i)).value());
    entries->put("s", "3", "again").value();
    entries->prune(8).value();
  });
  EXPECT_EQ(reader->changes_after({.history = 77, .revision = 20}, 100).value(), std::nullopt);
  const auto changes = reader->changes_after({.history = 77, .revision = 32}, 100).value();
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->changes, SizeIs(9));  // 8 removals, and "3"
  reopen();
  EXPECT_EQ(load(), (std::vector<MetadataChange>{{"s", "3", "again"}}));
}

TEST_F(EntryTableTest, knows_its_versions_and_whom_it_follows_when_it_is_opened_again) {
  transaction([&] {
    entries->next_version("s", 5).value();
    entries->next_version("s", 9).value();
    entries->set_followed({.history = 3, .revision = 4}).value();
  });
  reopen();
  load();
  EXPECT_EQ(entries->version("s"), (api::TableVersion{.changed_at = 9, .counter = 2}));
  EXPECT_EQ(entries->followed(), (FeedPosition{.history = 3, .revision = 4}));
}

TEST_F(EntryTableTest, notices_an_entry_that_another_hand_has_changed) {
  transaction([&] { entries->put("s", "k", "v").value(); });
  database->execute("UPDATE entries SET value = x'77'").value();
  EXPECT_THAT(reader->get("s", "k").error().text, HasSubstr("\"k\" of \"s\" does not have its checksum"));
  EXPECT_FALSE(reader->snapshot());
  EXPECT_FALSE(reader->scan("s", "", [](std::string_view, std::string_view) { return true; }));
  EXPECT_FALSE(reader->changes_after({.history = 77, .revision = 0}, 10));
  reopen();
  EXPECT_FALSE(entries->load([](const MetadataChange&) -> Result<void> { return {}; }));
}

TEST(EntryVersion, is_two_numbers_and_nothing_else) {
  EXPECT_EQ(decode_version(encode_version({.changed_at = -5, .counter = 7})),
            (api::TableVersion{.changed_at = -5, .counter = 7}));
  for (const char* wrong : {"", "1", "1 ", "1 2 ", "1 x", "x 1", " 1 2", "1  2"})
    EXPECT_EQ(decode_version(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace gantry::kernel
