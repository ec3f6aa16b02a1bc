#include "plugins/store-mmap/key_index.h"

#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/some_index.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(KeyIndex, finds_messages_by_unique_key_and_by_each_word_the_newest_first) {
  SomeIndex some;
  const auto first = some.add("id-1", "order-7 blue");
  const auto second = some.add("id-2", "order-8 blue");
  EXPECT_THAT(some.find("blue"), ElementsAre(second, first));
  EXPECT_THAT(some.find("order-7"), ElementsAre(first));
  EXPECT_THAT(some.find("id-2"), ElementsAre(second));
  EXPECT_THAT(some.find("red"), IsEmpty());
  EXPECT_THAT(some.find("blue", 0, kAnyTime, "U"), IsEmpty()) << "keys belong to a topic";
}

TEST(KeyIndex, finds_them_through_many_files) {
  SomeIndex some;
  std::vector<api::LogOffset> odd;
  for (int i = 0; i < 50; ++i) {
    const auto at = some.add("id-" + std::to_string(i), i % 2 == 1 ? "odd" : "even");
    if (i % 2 == 1) odd.insert(odd.begin(), at);
  }
  EXPECT_EQ(some.names().size(), 12u) << "of nine keys each";
  EXPECT_EQ(some.find("odd"), odd);
  EXPECT_EQ(some.find("id-0").size(), 1u);
}

TEST(KeyIndex, gives_no_more_than_asked) {
  SomeIndex some;
  for (int i = 0; i < 50; ++i) some.add("", "k");
  const auto all = some.find("k");
  ASSERT_EQ(all.size(), 50u);
  const auto most = some.index->find("T", "k", 30, 0, kAnyTime).value();
  EXPECT_EQ(most, std::vector(all.begin(), all.begin() + 30));
  EXPECT_THAT(some.index->find("T", "k", 0, 0, kAnyTime).value(), IsEmpty());
}

TEST(KeyIndex, finds_by_the_time_at_which_they_were_stored) {
  SomeIndex some;
  std::vector<api::LogOffset> stored;
  stored.reserve(40);
  for (int i = 0; i < 40; ++i) stored.push_back(some.add("", "k", kNoon + 700 * i));
  for (int first = 0; first < 40; first += 3) {
    for (int last = first; last < 40; last += 5) {
      std::vector<api::LogOffset> expected;
      for (int i = last; i >= first; --i) expected.push_back(stored[static_cast<std::size_t>(i)]);
      EXPECT_EQ(some.find("k", kNoon + 700 * first, kNoon + 700 * last), expected) << first << " to " << last;
    }
  }
}

TEST(KeyIndex, gives_a_message_once_that_has_a_word_twice) {
  SomeIndex some;
  const auto at = some.add("k", "k k");
  EXPECT_THAT(some.index->find("T", "k", 10, 0, kAnyTime).value(), ElementsAre(at));
}

TEST(KeyIndex, ignores_messages_that_it_had) {
  SomeIndex some;
  for (int i = 0; i < 5; ++i) some.add("id", "k");
  some.follow({});
  some.index->close().value();
  EXPECT_EQ(some.texts(), some.log.images(SomeIndex::kSlots, SomeIndex::kEntries));
}

TEST(KeyIndex, writes_apaches_files_byte_by_byte) {
  SomeIndex some;
  for (int i = 0; i < 40; ++i) {
    some.add("id-" + std::to_string(i), i % 5 == 0 ? "five every" : "every", kNoon + 1300 * i, "Topic");
  }
  some.index->close().value();
  const auto images = some.log.images(SomeIndex::kSlots, SomeIndex::kEntries);
  ASSERT_EQ(images.size(), 10u);
  EXPECT_EQ(some.texts(), images);
}

TEST(KeyIndex, takes_many_messages_at_once_as_it_takes_them_one_by_one) {
  SomeIndex some;
  for (int i = 0; i < 300; ++i) {
    some.log.append("T", i % 3 == 0 ? "" : "id-" + std::to_string(i), i % 7 == 0 ? "a b c" : "", kNoon + i);
  }
  some.follow({});
  EXPECT_EQ(some.index->position(), some.log.end());
  some.index->close().value();
  EXPECT_EQ(some.texts(), some.log.images(SomeIndex::kSlots, SomeIndex::kEntries));
}

TEST(KeyIndex, has_headers_that_agree_with_the_entries_after_each_sync) {
  SomeIndex some;
  for (int i = 0; i < 20; ++i) {
    some.add("id-" + std::to_string(i), "k");
    some.index->sync().value();
    const auto images = some.log.images(SomeIndex::kSlots, SomeIndex::kEntries);
    const auto texts = some.texts();
    ASSERT_EQ(texts.size(), images.size());
    EXPECT_EQ(texts.back().substr(0, IndexHeader::kSize), images.back().substr(0, IndexHeader::kSize)) << i;
    const auto entries =
        static_cast<std::size_t>(IndexGeometry{SomeIndex::kSlots, SomeIndex::kEntries}.entry_at(0));
    EXPECT_EQ(texts.back().substr(entries), images.back().substr(entries)) << i;
  }
}

TEST(KeyIndex, makes_no_file_before_there_is_a_key) {
  SomeIndex some;
  some.add("", "");
  const IndexPosition position = some.index->sync().value();
  EXPECT_EQ(position, (IndexPosition{"", 0, some.log.end()}));
  EXPECT_THAT(some.names(), IsEmpty());
}

TEST(KeyIndex, says_how_far_it_is_durable) {
  SomeIndex some;
  some.add("id-1", "k");
  some.index->followed_to(some.log.end() + 100);
  const IndexPosition position = some.index->sync().value();
  EXPECT_EQ(position, (IndexPosition{some.names().front(), 3, some.log.end() + 100}));
  EXPECT_TRUE(some.disk.durable(some.path(position.file), 0, IndexGeometry{7, 10}.entry_at(3)));
  EXPECT_TRUE(some.disk.name_durable(some.path(position.file)));
}

TEST(KeyIndex, makes_full_files_durable_too_before_it_says_so) {
  SomeIndex some;
  for (int i = 0; i < 30; ++i) some.add("id-" + std::to_string(i));
  some.index->sync().value();
  ASSERT_EQ(some.names().size(), 4u);
  for (const auto& name : some.names()) {
    EXPECT_TRUE(some.disk.durable(some.path(name), 0, IndexGeometry{7, 10}.size())) << name;
  }
}

TEST(KeyIndex, moves_its_position_past_messages_without_keys) {
  SomeIndex some;
  some.add("");
  EXPECT_EQ(some.index->position(), some.log.end());
  some.index->followed_to({10'000});
  EXPECT_EQ(some.index->position(), api::LogOffset{10'000});
  some.index->followed_to({5'000});
  EXPECT_EQ(some.index->position(), api::LogOffset{10'000});
}

TEST(KeyIndex, knows_the_newest_message_in_it) {
  SomeIndex some;
  EXPECT_EQ(some.index->newest().stored_at, 0);
  some.add("id-1", "", kNoon + 1);
  const auto at = some.add("id-2", "", kNoon + 2);
  some.add("", "", kNoon + 3);
  EXPECT_EQ(some.index->newest().at, at);
  EXPECT_EQ(some.index->newest().stored_at, kNoon + 2);
}

TEST(KeyIndex, names_files_in_the_order_in_which_they_are_made_even_if_the_clock_goes_back) {
  SomeIndex some;
  for (int i = 0; i < 40; ++i) {
    some.add("id-" + std::to_string(i));
    some.clock.advance(std::chrono::seconds(i % 2 == 0 ? 1 : -3600));
  }
  some.index->close().value();
  ASSERT_EQ(some.names().size(), 5u);
  EXPECT_EQ(some.texts(), some.log.images(SomeIndex::kSlots, SomeIndex::kEntries));
}

TEST(KeyIndex, drops_files_that_are_only_about_messages_which_are_gone) {
  SomeIndex some;
  std::vector<api::LogOffset> stored;
  stored.reserve(30);
  for (int i = 0; i < 30; ++i) stored.push_back(some.add("", "k"));
  some.index->sync().value();
  const auto names = some.names();
  ASSERT_EQ(names.size(), 4u);
  some.index->drop_before(stored[8]).value();
  EXPECT_EQ(some.names().size(), 4u) << "the first file has that message";
  some.index->drop_before(stored[9]).value();
  EXPECT_EQ(some.names(), std::vector(names.begin() + 1, names.end()));
  EXPECT_EQ(some.find("k").size(), 21u);
}

TEST(KeyIndex, never_drops_the_newest_file) {
  SomeIndex some;
  for (int i = 0; i < 30; ++i) some.add("", "k");
  some.index->drop_before(some.log.end() + 1).value();
  EXPECT_EQ(some.names().size(), 1u);
  EXPECT_EQ(some.find("k").size(), 3u);
}

// After a crash it would look as if somebody had lost it.
TEST(KeyIndex, never_drops_the_file_that_the_checkpoint_names) {
  SomeIndex some;
  for (int i = 0; i < 12; ++i) some.add("", "k");
  const IndexPosition position = some.index->sync().value();
  for (int i = 0; i < 18; ++i) some.add("", "k");
  some.log_first = some.log.end();
  some.index->drop_before(some.log_first).value();
  EXPECT_EQ(some.names().size(), 3u);
  EXPECT_EQ(some.names().front(), position.file);
  some.disk.power_cut();
  EXPECT_THAT(some.reopen(position, false).warnings, IsEmpty());
}

TEST(KeyIndex, is_searched_while_it_grows_and_while_files_are_dropped) {
  const kernel::TemporaryFolder folder;
  PosixFileSystem files;
  const api::testing::ManualClock clock;
  KeyIndex index(files, {folder.path() / "index", 7, 100}, clock);
  KeyedMessages log;
  for (int i = 0; i < 2000; ++i) log.append("T", "", "k", kNoon + i);
  index.open(IndexPosition{}, true, {}, log.end()).value();

  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  readers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const api::LogOffset before = index.position();
        const auto found = index.find("T", "k", 5, 0, kAnyTime).value();
        if (before.value == 0) continue;
        ASSERT_FALSE(found.empty());
        EXPECT_GE(found.front(), log.entries({}, before).back().at) << "what was added is found";
        EXPECT_TRUE(std::ranges::is_sorted(found, std::greater()));
      }
    });
  }
  for (const auto& entry : log.entries()) {
    index.add(entry.at, entry.record).value();
    if (entry.at.value % 50 == 0) index.sync().value();
    if (entry.at.value % 30 == 0) index.drop_before(entry.at + -5000).value();
  }
  index.close().value();
  done = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace gantry::store
