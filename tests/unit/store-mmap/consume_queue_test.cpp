#include "plugins/store-mmap/consume_queue.h"

#include "tests/unit/store-mmap/some_queues.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kWait = true;

TEST(ConsumeQueue, shows_nothing_before_it_is_made_visible) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  queue.add(0, entry_for(0));
  queue.add(1, entry_for(100));
  EXPECT_EQ(queue.next(), 2);
  EXPECT_EQ(queue.range().end, 0);
  EXPECT_THAT(some.read(queue, 0), IsEmpty());
  queue.make_visible(1);
  EXPECT_THAT(some.read(queue, 0), ElementsAre(entry_for(0)));
}

TEST(ConsumeQueue, takes_entries_that_follow_each_other_together) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  queue.add(0, entry_for(0));
  const std::vector<QueueEntry> more{entry_for(100), entry_for(200), entry_for(300)};
  queue.add(1, more);
  EXPECT_EQ(queue.next(), 4);
  EXPECT_EQ(queue.last_at(), entry_for(300).at);
  queue.make_visible(4);
  EXPECT_THAT(some.read(queue, 0), ElementsAre(entry_for(0), entry_for(100), entry_for(200), entry_for(300)));
}

TEST(ConsumeQueue, reads_the_same_from_memory_and_from_files) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add_many(queue, 12);
  const auto from_memory = some.all(queue);
  some.queues->write_behind().value();
  EXPECT_EQ(some.queues->gathered_bytes(), 0U);
  EXPECT_EQ(some.all(queue), from_memory);
  some.add_many(queue, 3);
  const auto both = some.all(queue);
  ASSERT_EQ(both.size(), 15U);
  EXPECT_EQ(both[11], entry_for(1100));
  EXPECT_EQ(both[14], entry_for(1400));
}

TEST(ConsumeQueue, reads_from_where_it_is_asked_and_as_many_as_it_is_asked) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add_many(queue, 12);
  EXPECT_THAT(some.read(queue, 9, 2), ElementsAre(entry_for(900), entry_for(1000)));
  EXPECT_THAT(some.read(queue, 11, 5), ElementsAre(entry_for(1100)));
  EXPECT_THAT(some.read(queue, 12, 5), IsEmpty());
  EXPECT_THAT(some.read(queue, -1, 5), IsEmpty());
}

TEST(ConsumeQueue, says_that_it_would_wait_rather_than_open_a_file) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add_many(queue, 2);
  std::vector<QueueEntry> to(2);
  EXPECT_EQ(queue.read(0, to, !kWait).value(), 2U) << "in memory";
  some.checkpoint();
  some.reopen(api::LogOffset{some.log_end});
  ConsumeQueue& again = some.queue();
  const auto calls = some.disk.counts().calls;
  EXPECT_EQ(again.read(0, to, !kWait).value(), std::nullopt);
  EXPECT_EQ(some.disk.counts().calls, calls);
  EXPECT_EQ(again.read(0, to, kWait).value(), 2U);
  EXPECT_EQ(again.read(0, to, !kWait).value(), 2U) << "open and in the page cache now";
  some.disk.evict();
  EXPECT_EQ(again.read(0, to, !kWait).value(), std::nullopt);
}

TEST(ConsumeQueue, refuses_an_entry_that_is_not_its_next) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add(queue);
  EXPECT_THROW(queue.add(0, entry_for(100)), std::logic_error);
  EXPECT_THROW(queue.add(2, entry_for(100)), std::logic_error);
  EXPECT_THROW(some.queue(1).add(-1, entry_for(100)), std::logic_error);
}

TEST(ConsumeQueue, begins_where_its_first_entry_says) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  EXPECT_TRUE(queue.empty());
  some.add(queue, 13);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.range().first, 13);
  EXPECT_EQ(queue.range().end, 14);
  EXPECT_EQ(queue.next(), 14);
}

// 4.1 of Apache's rules: only the first file is filled up, and there is none before it.
TEST(ConsumeQueue, fills_its_first_file_up_to_its_first_entry) {
  SomeQueues some;
  some.add(some.queue(), 13);
  some.queues->write_behind().value();
  const std::string filler = encoded(kFiller);
  EXPECT_THAT(some.disk.all_files(), ElementsAre(some.path(200)));
  EXPECT_EQ(some.disk.text(some.path(200)),
            filler + filler + filler + encoded(entry_for(0)) + std::string(20, '\0'));
}

TEST(ConsumeQueue, has_files_of_full_length_named_by_their_first_byte) {
  SomeQueues some;
  some.add_many(some.queue(7), 6);
  some.queues->write_behind().value();
  EXPECT_THAT(some.disk.all_files(), ElementsAre(some.path(0, 7), some.path(100, 7)));
  EXPECT_EQ(some.disk.text(some.path(100, 7)), encoded(entry_for(500)) + std::string(80, '\0'));
}

TEST(ConsumeQueue, says_what_is_wrong_with_a_file_that_is_too_short) {
  SomeQueues some;
  some.add_many(some.queue(), 5);
  some.checkpoint();
  some.disk.open(some.path(0), FileSystem::Open::write).value()->resize(50).value();
  std::vector<QueueEntry> to(5);
  const auto read = some.queue().read(0, to, kWait);
  ASSERT_FALSE(read);
  const IoError error = read.error();
  EXPECT_NE(error.text.find(some.path(0)), std::string::npos) << error.text;
}

TEST(ConsumeQueue, tells_of_a_disk_error_and_reads_on_when_it_is_over) {
  SomeQueues some;
  some.add_many(some.queue(), 5);
  some.checkpoint();
  some.disk.fail({.counts = [](auto call, const auto&) { return call == SimulatedFileSystem::Call::read; }});
  std::vector<QueueEntry> to(5);
  EXPECT_FALSE(some.queue().read(0, to, kWait));
  some.disk.mend();
  EXPECT_EQ(some.queue().read(0, to, kWait).value(), 5U);
}

}  // namespace
}  // namespace gantry::store
