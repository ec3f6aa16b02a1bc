// How consume queues lose entries: what is cut off behind the log's end, what expires, a topic that goes.
#include "plugins/store-mmap/consume_queues.h"
#include "tests/unit/store-mmap/some_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Call = SimulatedFileSystem::Call;

auto when(Call failing) {
  return [failing](Call call, const auto&) { return call == failing; };
}

TEST(ConsumeQueues, are_cut_in_memory) {
  SomeQueues some;
  some.add_many(some.queue(), 12);
  some.queues->cut({700}).value();
  EXPECT_EQ(some.queue().next(), 7);
  EXPECT_EQ(some.queue().range().end, 7);
  some.log_end = 700;
  some.add(some.queue());
  EXPECT_EQ(some.places(some.queue()).back(), 700);
}

TEST(ConsumeQueues, are_cut_on_the_disk) {
  for (std::int64_t end = 0; end <= 1200; end += 100) {
    SCOPED_TRACE(end);
    SomeQueues some;
    some.add_many(some.queue(), 12);
    some.checkpoint();
    some.queues->cut({end}).value();
    EXPECT_EQ(some.queue().next(), end / 100);
    std::string bytes;
    for (const auto& file : some.disk.all_files())
      if (file.parent_path().filename() == "0") bytes += some.disk.text(file);
    std::string expected;
    for (std::int64_t at = 0; at < end; at += 100) expected += encoded(entry_for(at));
    const std::size_t whole = std::max<std::size_t>((expected.size() + 99) / 100 * 100, 100);
    expected.resize(whole);
    EXPECT_EQ(bytes, expected);
    some.queues->sync().value();
    some.reopen(api::LogOffset{1'000'000});
    EXPECT_EQ(some.queue().next(), end / 100);
  }
}

TEST(ConsumeQueues, are_cut_again_when_the_disk_failed_at_it) {
  SomeQueues some;
  some.add_many(some.queue(), 12);
  some.checkpoint();
  for (std::int64_t nth = 0;; ++nth) {
    some.disk.fail({.at = nth});
    const auto cut = some.queues->cut({300});
    some.disk.mend();
    if (cut) break;
  }
  some.queues->sync().value();
  some.reopen(api::LogOffset{1'000'000});
  EXPECT_EQ(some.queue().next(), 3);
}

TEST(ConsumeQueues, leave_nothing_behind_a_cut_of_what_a_failed_write_left) {
  SomeQueues some(1, 6000);
  some.add_many(some.queue(), 20);
  some.disk.fail({.number = ENOSPC, .counts = when(Call::write)});
  EXPECT_FALSE(some.queues->write_behind());
  some.disk.mend();
  some.queues->cut({500}).value();
  some.checkpoint();
  some.reopen(api::LogOffset{1'000'000});
  EXPECT_EQ(some.queue().next(), 5);
}

TEST(ConsumeQueues, keep_their_numbering_when_all_is_cut) {
  SomeQueues some;
  some.add(some.queue(), 13);
  some.checkpoint();
  some.queues->cut({0}).value();
  EXPECT_TRUE(some.queue().empty());
  EXPECT_EQ(some.queue().next(), 13);
  some.queues->sync().value();
  some.reopen(api::LogOffset{0});
  EXPECT_EQ(some.queue().next(), 13);
}

TEST(ConsumeQueues, may_begin_anew_when_they_are_empty) {
  for (const std::int64_t offset : {3, 12, 13, 14, 15, 100}) {
    SCOPED_TRACE(offset);
    SomeQueues some;
    some.add(some.queue(), 13);
    some.checkpoint();
    some.queues->cut({0}).value();
    some.add_many(some.queue(), 0);
    some.add(some.queue(), offset);
    some.add_many(some.queue(), 7);
    some.checkpoint();
    some.reopen(api::LogOffset{1'000'000});
    EXPECT_EQ(some.queue().range().first, offset);
    EXPECT_EQ(some.queue().range().end, offset + 8);
    EXPECT_EQ(some.all(some.queue()).size(), 8U);
  }
}

// ---- Retention

TEST(ConsumeQueues, follow_the_log_when_its_beginning_goes) {
  for (std::int64_t log_first = 0; log_first <= 1300; log_first += 50) {
    SCOPED_TRACE(log_first);
    SomeQueues some;
    some.add_many(some.queue(), 12);
    some.checkpoint();
    some.queues->advance_first({log_first}).value();
    const std::int64_t first = std::min<std::int64_t>((log_first + 99) / 100, 12);
    EXPECT_EQ(some.queue().range().first, first);
    EXPECT_EQ(some.queue().range().end, 12);
    EXPECT_EQ(some.disk.has(some.path(0)), first < 5);
    EXPECT_EQ(some.disk.has(some.path(100)), first < 10);
    EXPECT_TRUE(some.disk.has(some.path(200)));
    EXPECT_EQ(std::ssize(some.all(some.queue())), 12 - first);
  }
}

TEST(ConsumeQueues, follow_the_log_in_memory_too) {
  SomeQueues some;
  some.add_many(some.queue(), 12);
  some.queues->advance_first({730}).value();
  EXPECT_EQ(some.queue().range().first, 8);
  EXPECT_EQ(some.places(some.queue()).front(), 800);
}

// Weakness 36: a queue of which everything expired begins again at 0.
TEST(ConsumeQueues, go_on_with_their_numbers_when_everything_expired) {
  for (const int messages : {10, 12}) {
    SomeQueues some;
    some.add_many(some.queue(), messages);
    some.checkpoint();
    some.queues->advance_first({1'000'000}).value();
    EXPECT_EQ(some.queue().range().first, messages);
    some.reopen(api::LogOffset{1'000'000});
    some.queues->advance_first({1'000'000}).value();
    EXPECT_EQ(some.queue().range().first, messages);
    EXPECT_EQ(some.queue().next(), messages);
    EXPECT_FALSE(some.queue().empty());
    some.log_end = 1'000'000;
    some.add(some.queue());
    some.checkpoint();
    EXPECT_EQ(some.queue().range().first, messages);
    EXPECT_EQ(some.places(some.queue()), std::vector<std::int64_t>{1'000'000});
  }
}

// Weakness 53: the first offset comes back as 0 while the log still begins at 0.
TEST(ConsumeQueues, have_the_same_first_offset_after_a_restart) {
  SomeQueues some;
  some.add(some.queue(), 13);
  some.checkpoint();
  EXPECT_EQ(some.queue().range().first, 13);
  some.reopen(api::LogOffset{100});
  EXPECT_EQ(some.queue().range().first, 13);
  some.queues->advance_first({0}).value();
  EXPECT_EQ(some.queue().range().first, 13);
  some.reopen(std::nullopt);
  some.queues->advance_first({0}).value();
  EXPECT_EQ(some.queue().range().first, 13);
}

TEST(ConsumeQueues, advance_the_others_when_one_cannot_be_read) {
  SomeQueues some;
  for (int i = 0; i < 6; ++i) {
    some.add(some.queue(0));
    some.add(some.queue(1));
  }
  some.checkpoint();
  some.reopen(api::LogOffset{some.log_end});
  some.disk.fail({.from_then_on = true,
                  .counts = [](Call, const auto& path) { return path.parent_path().filename() == "0"; }});
  EXPECT_FALSE(some.queues->advance_first({300}));
  EXPECT_EQ(some.queue(1).range().first, 1);
  some.disk.mend();
  some.queues->advance_first({300}).value();
  EXPECT_EQ(some.queue(0).range().first, 2);
}

// ---- Topics that go

TEST(ConsumeQueues, of_a_removed_topic_are_empty_and_begin_at_0) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add_many(queue, 7);
  some.add(some.queue(0, "billing"));
  some.checkpoint();
  some.add(queue);
  some.remove_topic("orders").value();
  EXPECT_EQ(queue.next(), 0);
  EXPECT_EQ(queue.range().end, 0);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(some.queues->find("orders", api::QueueId{0}), nullptr);
  EXPECT_EQ(some.queues->all().size(), 1U);
  EXPECT_FALSE(some.disk.has("data/consumequeue/orders"));
  EXPECT_EQ(some.queues->gathered_bytes(), 0U);

  EXPECT_EQ(&some.queue(), &queue) << "its address is good for ever";
  some.add(queue);
  some.checkpoint();
  EXPECT_EQ(some.places(queue), std::vector<std::int64_t>{900});
  EXPECT_THAT(some.reopen(api::LogOffset{some.log_end}).missing, IsEmpty());
  EXPECT_EQ(some.queue().range().end, 1);
}

TEST(ConsumeQueues, of_a_topic_that_has_no_files_yet_can_be_removed_and_synced) {
  SomeQueues some;
  some.add(some.queue());
  some.remove_topic("orders").value();
  some.queues->sync().value();
  some.add(some.queue());
  some.queues->write_behind().value();
  some.remove_topic("orders").value();
  some.queues->sync().value();
  EXPECT_THAT(some.disk.all_files(), ElementsAre("data/queues.gantry"));
}

TEST(ConsumeQueues, of_a_removed_topic_are_not_missing_later) {
  SomeQueues some;
  some.add(some.queue());
  some.checkpoint();
  some.remove_topic("orders").value();
  EXPECT_THAT(some.reopen(api::LogOffset{100}).missing, IsEmpty());
}

TEST(ConsumeQueues, of_a_removed_topic_are_removed_later_when_the_disk_would_not) {
  for (std::int64_t nth = 0;; ++nth) {
    SCOPED_TRACE(nth);
    SomeQueues some;
    some.add_many(some.queue(), 7);
    some.checkpoint();
    some.disk.fail({.at = nth, .number = ENOSPC});
    const auto removed = some.remove_topic("orders");
    const bool fired = some.disk.fault_fired();
    some.disk.mend();
    EXPECT_TRUE(some.queue().empty());
    some.add(some.queue());
    if (some.queues->write_behind() && some.queues->sync()) {
      EXPECT_THAT(some.places(some.queue()), ElementsAre(700));
      EXPECT_THAT(some.reopen(api::LogOffset{some.log_end}).missing, IsEmpty());
      EXPECT_THAT(some.places(some.queue()), ElementsAre(700));
    }
    if (!fired) break;
  }
}

}  // namespace
}  // namespace gantry::store
