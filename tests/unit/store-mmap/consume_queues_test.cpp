#include "plugins/store-mmap/consume_queues.h"

#include "tests/unit/store-mmap/some_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Call = SimulatedFileSystem::Call;

auto when(Call failing) {
  return [failing](Call call, const auto&) { return call == failing; };
}

std::vector<ConsumeQueues::Missing> missing(std::initializer_list<int> ids) {
  std::vector<ConsumeQueues::Missing> row;
  for (const int id : ids) row.push_back({"orders", api::QueueId{id}});
  return row;
}

TEST(ConsumeQueues, are_made_by_who_asks_for_them_and_found_by_who_does_not) {
  SomeQueues some;
  EXPECT_EQ(some.queues->find("orders", api::QueueId{0}), nullptr);
  ConsumeQueue& queue = some.queue();
  EXPECT_EQ(&some.queue(), &queue);
  EXPECT_EQ(some.queues->find("orders", api::QueueId{0}), &queue);
  EXPECT_EQ(queue.topic(), "orders");
  some.queue(1);
  some.queue(0, "billing");
  EXPECT_EQ(some.queues->all().size(), 3U);
  EXPECT_EQ(some.queues->of("orders").size(), 2U);
  EXPECT_THAT(some.queues->of("nothing"), IsEmpty());
}

TEST(ConsumeQueues, round_their_files_up_to_whole_entries) {
  SomeQueues some(1, 90);
  some.add(some.queue());
  some.queues->write_behind().value();
  EXPECT_EQ(some.disk.text(some.path(0)).size(), 100U);
}

TEST(ConsumeQueues, come_back_as_they_were) {
  SomeQueues some;
  some.add_many(some.queue(), 12);
  some.add(some.queue(3, "%RETRY%billing"), 13);
  some.checkpoint();
  const auto opened = some.reopen(api::LogOffset{some.log_end});
  EXPECT_EQ(opened.queues, 2U);
  EXPECT_THAT(opened.warnings, IsEmpty());
  EXPECT_THAT(opened.missing, IsEmpty());
  EXPECT_EQ(opened.indexed_to.value, some.log_end);
  EXPECT_EQ(some.queue().range().end, 12);
  EXPECT_EQ(some.queue().next(), 12);
  EXPECT_EQ(some.all(some.queue()).size(), 12U);
  EXPECT_EQ(some.queue(3, "%RETRY%billing").range().first, 13);
  EXPECT_THAT(some.places(some.queue(3, "%RETRY%billing")), ElementsAre(1200));
}

TEST(ConsumeQueues, take_the_length_of_the_files_that_are_there) {
  SomeQueues some;
  some.add_many(some.queue(), 2);
  some.checkpoint();
  some.settings.file_size = 200;
  some.reopen(api::LogOffset{some.log_end});
  some.add_many(some.queue(), 4);
  some.add_many(some.queue(1), 6);
  some.queues->write_behind().value();
  EXPECT_THAT(some.disk.all_files(), ElementsAre(some.path(0), some.path(100), some.path(0, 1),
                                                 some.path(100, 1), "data/queues.gantry"));
}

TEST(ConsumeQueues, leave_other_things_alone_and_name_them) {
  SomeQueues some;
  some.disk.plant("data/consumequeue/notes.txt", "");
  some.disk.plant("data/consumequeue/orders/notes.txt", "");
  some.disk.plant_directory("data/consumequeue/orders/07");
  some.disk.plant_directory("data/consumequeue/a topic/0");
  const auto opened = some.reopen(std::nullopt);
  EXPECT_EQ(opened.queues, 0U);
  EXPECT_THAT(opened.warnings,
              ElementsAre("data/consumequeue/a topic is no topic's directory and was left alone",
                          "data/consumequeue/notes.txt is no topic's directory and was left alone",
                          "data/consumequeue/orders/07 is no queue's directory and was left alone",
                          "data/consumequeue/orders/notes.txt is no queue's directory and was left alone"));
  EXPECT_EQ(some.disk.all_files().size(), 2U);
}

TEST(ConsumeQueues, name_the_directory_that_cannot_be_read) {
  SomeQueues some;
  some.add(some.queue());
  some.checkpoint();
  some.start();
  some.disk.fail({.counts = [](Call call, const auto& path) {
    return call == Call::list && path.filename() == "orders";
  }});
  const auto opened = some.queues->open(api::LogOffset{100});
  ASSERT_FALSE(opened);
  const IoError error = opened.error();
  EXPECT_THAT(error.text, HasSubstr("data/consumequeue/orders"));
}

TEST(ConsumeQueues, notice_a_queue_whose_directory_vanished) {
  SomeQueues some;
  some.add(some.queue(0));
  some.add(some.queue(1));
  some.checkpoint();
  some.disk.lose("data/consumequeue/orders/1");
  EXPECT_EQ(some.reopen(api::LogOffset{200}).missing, missing({1}));
}

TEST(ConsumeQueues, notice_a_queue_whose_files_vanished) {
  SomeQueues some;
  some.add(some.queue(0));
  some.checkpoint();
  some.disk.lose(some.path(0));
  EXPECT_EQ(some.reopen(api::LogOffset{100}).missing, missing({0}));
}

TEST(ConsumeQueues, call_a_queue_missing_whose_files_contradict_each_other) {
  SomeQueues some;
  some.add_many(some.queue(), 12);
  some.checkpoint();
  some.disk.lose(some.path(100));
  const auto opened = some.reopen(api::LogOffset{some.log_end});
  EXPECT_EQ(opened.missing, missing({0}));
  EXPECT_THAT(opened.warnings, ElementsAre(HasSubstr("00000000000000000100 is missing")));
  EXPECT_TRUE(some.queue().empty());
}

TEST(ConsumeQueues, call_a_queue_missing_until_it_was_made_again) {
  SomeQueues some;
  some.add_many(some.queue(0), 3);
  some.add(some.queue(1));
  some.checkpoint();
  const api::LogOffset claimed{some.log_end};
  some.disk.lose("data/consumequeue/orders/0");
  some.reopen(claimed);
  some.queue(0).add(0, entry_for(0));
  some.checkpoint();
  // It ends before all were made again.
  EXPECT_EQ(some.reopen(claimed).missing, missing({0}));
  EXPECT_TRUE(some.queue(0).empty());
  for (int i = 0; i < 3; ++i) some.queue(0).add(i, entry_for(i * 100));
  some.checkpoint();
  some.queues->made_again().value();
  EXPECT_THAT(some.reopen(claimed).missing, IsEmpty());
  EXPECT_EQ(some.queue(0).range().end, 3);
}

TEST(ConsumeQueues, forget_a_missing_queue_that_the_log_has_nothing_for) {
  SomeQueues some;
  some.add(some.queue());
  some.checkpoint();
  some.disk.lose("data/consumequeue/orders");
  EXPECT_EQ(some.reopen(api::LogOffset{100}).missing, missing({0}));
  some.queues->made_again().value();
  EXPECT_THAT(some.reopen(api::LogOffset{100}).missing, IsEmpty());
}

TEST(ConsumeQueues, make_the_manifest_again_when_it_is_lost) {
  SomeQueues some;
  some.add(some.queue());
  some.checkpoint();
  some.disk.lose("data/queues.gantry");
  EXPECT_THAT(some.reopen(api::LogOffset{100}).missing, IsEmpty());
  some.queues->sync().value();
  EXPECT_EQ(some.disk.text("data/queues.gantry"), "gantry queues 1\n+ orders 0\n");
}

// ---- Writing behind

TEST(ConsumeQueues, keep_what_could_not_be_written_and_write_it_once) {
  SomeQueues some;
  ConsumeQueue& queue = some.queue();
  some.add_many(queue, 12);
  for (std::int64_t nth = 0;; ++nth) {
    some.disk.fail({.at = nth, .number = ENOSPC});
    const auto wrote = some.queues->write_behind();
    some.disk.mend();
    EXPECT_EQ(some.all(queue).size(), 12U) << "call " << nth;
    if (wrote) break;
    const IoError error = wrote.error();
    EXPECT_EQ(error.number, ENOSPC);
  }
  EXPECT_EQ(some.queues->gathered_bytes(), 0U);
  some.queues->sync().value();
  some.reopen(api::LogOffset{some.log_end});
  EXPECT_EQ(some.all(some.queue()).size(), 12U);
  EXPECT_EQ(some.places(some.queue()).back(), 1100);
}

TEST(ConsumeQueues, write_the_others_when_one_cannot_be_written) {
  SomeQueues some;
  for (int id = 0; id < 3; ++id) some.add(some.queue(id));
  some.disk.fail({.from_then_on = true, .counts = [](Call call, const auto& path) {
                    return call == Call::write && path.parent_path().filename() == "1";
                  }});
  EXPECT_FALSE(some.queues->write_behind());
  EXPECT_EQ(some.queues->gathered_bytes(), sizeof(EntryPiece));
  some.disk.mend();
  some.queues->write_behind().value();
  EXPECT_EQ(some.queues->gathered_bytes(), 0U);
}

TEST(ConsumeQueues, write_large_ones_first_when_memory_gets_scarce) {
  SomeQueues some(1, 6000);
  some.settings.memory = ByteSize::kib(40);
  some.start();
  some.add_many(some.queue(0), 204);
  some.add_many(some.queue(1), 204);
  EXPECT_FALSE(some.queues->crowded()) << "no queue has a page";
  some.add(some.queue(0));
  EXPECT_TRUE(some.queues->crowded());
  some.queues->relieve().value();
  EXPECT_FALSE(some.queues->crowded());
  EXPECT_TRUE(some.disk.has(some.path(0, 0)));
  EXPECT_FALSE(some.disk.has(some.path(0, 1)));
}

TEST(ConsumeQueues, write_all_when_memory_is_used_up) {
  SomeQueues some;
  some.settings.memory = ByteSize(10 * sizeof(EntryPiece));
  some.start();
  for (int id = 0; id < 9; ++id) some.add(some.queue(id));
  EXPECT_FALSE(some.queues->crowded());
  some.add(some.queue(9));
  EXPECT_TRUE(some.queues->crowded());
  some.queues->relieve().value();
  EXPECT_EQ(some.queues->gathered_bytes(), 0U);
}

TEST(ConsumeQueues, write_a_page_of_their_file_and_not_each_entry) {
  SomeQueues some(1, 60'000);
  some.add_many(some.queue(), 3000);
  const auto calls = some.disk.counts().calls;
  some.queues->write_behind().value();
  EXPECT_LT(some.disk.counts().calls - calls, 10);
}

TEST(ConsumeQueues, sync_only_what_was_written_since) {
  SomeQueues some;
  some.add(some.queue(0));
  some.add(some.queue(1));
  some.checkpoint();
  const auto before = some.disk.counts().syncs;
  some.queues->sync().value();
  EXPECT_EQ(some.disk.counts().syncs, before);
  some.add(some.queue(1));
  some.checkpoint();
  EXPECT_EQ(some.disk.counts().syncs, before + 1);
}

TEST(ConsumeQueues, sync_the_whole_disk_at_once_when_many_files_were_written) {
  SomeQueues some;
  some.settings.synced_singly = 10;
  some.reopen({});
  for (int id = 0; id < 30; ++id) some.add(some.queue(id));
  some.queues->write_behind().value();
  const auto before = some.disk.counts().syncs;
  some.queues->sync().value();
  EXPECT_LE(some.disk.counts().syncs - before, 2);  // of the disk, and of the manifest
  for (int id = 0; id < 30; ++id) {
    EXPECT_TRUE(some.disk.durable(some.path(0, id), 0, 20));
    EXPECT_TRUE(some.disk.name_durable(some.path(0, id)));
  }
}

// Nor may what is around them be forgotten over it.
TEST(ConsumeQueues, sync_the_disk_that_they_are_on_when_many_files_were_written) {
  SomeQueues some;
  some.settings.synced_singly = 10;
  some.disk.mount("data/consumequeue");
  some.reopen({});
  for (int id = 0; id < 30; ++id) some.add(some.queue(id));
  some.checkpoint();
  for (int id = 0; id < 30; ++id) {
    EXPECT_TRUE(some.disk.durable(some.path(0, id), 0, 20));
    EXPECT_TRUE(some.disk.name_durable(some.path(0, id)));
  }
}

TEST(ConsumeQueues, sync_their_own_name_when_many_files_were_written_on_a_disk_of_their_own) {
  SomeQueues some;
  some.settings.synced_singly = 10;
  some.add(some.queue());
  some.checkpoint();  // the manifest is made, which syncs where it lies
  some.reopen(api::LogOffset{some.log_end});
  std::vector<std::string> synced;
  some.disk.fail({.counts = [&](Call call, const auto& path) {
    if (call == Call::sync_directory) synced.push_back(path.string());
    return false;
  }});
  for (int id = 0; id < 30; ++id) some.add(some.queue(id));
  some.checkpoint();
  EXPECT_THAT(synced, testing::Contains("data"));
}

TEST(ConsumeQueues, never_say_yes_again_after_a_sync_of_the_whole_disk_failed) {
  SomeQueues some;
  some.settings.synced_singly = 1;
  some.reopen({});
  for (int id = 0; id < 3; ++id) some.add(some.queue(id));
  some.queues->write_behind().value();
  some.disk.fail({.counts = when(Call::sync)});
  EXPECT_FALSE(some.queues->sync());
  some.disk.mend();
  EXPECT_FALSE(some.queues->sync());
}

TEST(ConsumeQueues, are_on_the_disk_after_a_sync_with_their_names) {
  SomeQueues some;
  some.add_many(some.queue(), 6);
  some.checkpoint();
  for (const auto& file : some.disk.all_files()) EXPECT_TRUE(some.disk.name_durable(file)) << file;
  EXPECT_TRUE(some.disk.durable(some.path(0), 0, 100));
  EXPECT_TRUE(some.disk.durable(some.path(100), 0, 100));
}

// Weakness 9: a failed sync counts as done.
TEST(ConsumeQueues, never_say_yes_again_after_a_sync_failed) {
  for (const Call failing : {Call::sync, Call::sync_directory}) {
    SomeQueues some;
    some.add(some.queue());
    some.queues->write_behind().value();
    some.disk.fail({.counts = when(failing)});
    EXPECT_FALSE(some.queues->sync());
    some.disk.mend();
    EXPECT_FALSE(some.queues->sync());
    some.add(some.queue());
    some.queues->write_behind().value();
    EXPECT_EQ(some.all(some.queue()).size(), 2U) << "what is there can be read";
  }
}

TEST(ConsumeQueues, sync_again_when_a_file_could_only_not_be_opened) {
  SomeQueues some;
  some.settings.open_files = 0;
  some.start();
  some.add(some.queue());
  some.queues->write_behind().value();
  some.disk.fail({.number = EMFILE, .counts = when(Call::open)});
  EXPECT_FALSE(some.queues->sync());
  some.disk.mend();
  some.queues->sync().value();
  EXPECT_TRUE(some.disk.durable(some.path(0), 0, 20));
}

// ---- Cutting

TEST(ConsumeQueues, keep_no_more_files_open_than_they_may) {
  SomeQueues some;
  some.settings.open_files = 3;
  some.start();
  for (int id = 0; id < 20; ++id) some.add_many(some.queue(id), 2);
  some.checkpoint();
  for (int round = 0; round < 2; ++round) {
    for (int id = 0; id < 20; ++id) EXPECT_EQ(some.all(some.queue(id)).size(), 2U);
  }
}

}  // namespace
}  // namespace gantry::store
