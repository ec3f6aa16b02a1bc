#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/some_queues.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

constexpr std::int64_t kMessages = 30'000;

// The message n of queue q.
QueueEntry entry_of(int q, std::int64_t n) {
  return entry_for((n * 4 + q) * 100);
}

TEST(ConsumeQueues, are_read_while_they_grow_and_are_written_behind_and_shortened) {
  const kernel::TemporaryFolder folder;
  PosixFileSystem disk;
  ConsumeQueues queues(
      disk, {.directory = folder.path() / "consumequeue", .file_size = 20'000, .memory = ByteSize::kib(64)});
  std::array<ConsumeQueue*, 4> all{};
  for (int q = 0; q < 4; ++q) all[static_cast<std::size_t>(q)] = &queues.get("orders", api::QueueId{q});
  std::atomic<bool> added = false;
  std::atomic<int> wrong = 0;
  std::atomic<std::int64_t> read_by_all = 0;

  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (std::int64_t n = 0; n < kMessages; ++n) {
      for (int q = 0; q < 4; ++q) {
        ConsumeQueue& queue = queues.get("orders", api::QueueId{q});
        queue.add(n, entry_of(q, n));
        queue.make_visible(n + 1);
      }
    }
    added = true;
  });
  threads.emplace_back([&] {
    while (!added) {
      if (queues.crowded()) queues.relieve().value();
      queues.write_behind().value();
    }
    queues.write_behind().value();
    queues.sync().value();
  });
  for (int q = 0; q < 4; ++q) {
    threads.emplace_back([&, q] {
      std::array<QueueEntry, 100> to;
      for (std::int64_t at = 0; at < kMessages && wrong == 0;) {
        const auto got = all[static_cast<std::size_t>(q)]->read(at, to, /*may_wait=*/true).value().value();
        for (std::size_t i = 0; i < got; ++i, ++at) wrong += to[i] == entry_of(q, at) ? 0 : 1;
        read_by_all.fetch_add(static_cast<std::int64_t>(got));
      }
    });
  }
  threads.emplace_back([&] {
    // Behind what everybody has read for sure.
    while (!added) queues.advance_first({(read_by_all - 3 * kMessages) / 2 * 400}).value();
  });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(queues.gathered_bytes(), 0U);
  for (const ConsumeQueue* queue : all) EXPECT_EQ(queue->range().end, kMessages);
}

// Whoever shows messages may be at it while their topic is removed: then they are there before, or not at
// all.
TEST(ConsumeQueues, are_empty_once_their_topic_is_removed_whoever_shows_messages_meanwhile) {
  constexpr int kRounds = 3000;
  constexpr std::int64_t kEntries = 5;
  const kernel::TemporaryFolder folder;
  PosixFileSystem disk;
  ConsumeQueues queues(disk, {.directory = folder.path() / "consumequeue", .file_size = 20'000});
  ConsumeQueue& queue = queues.get("orders", api::QueueId{0});
  std::atomic<int> round = 0;
  std::atomic<int> shown = 0;
  int wrong = 0;
  std::thread shows([&] {
    for (int i = 1; i <= kRounds; ++i) {
      while (round < i) continue;
      for (std::int64_t n = 1; n <= kEntries; ++n) queue.make_visible(n, api::LogOffset{i * 100 - 1});
      shown = i;
    }
  });
  for (int i = 1; i <= kRounds; ++i) {
    for (std::int64_t n = 0; n < kEntries; ++n) queue.add(n, entry_of(0, i * kEntries + n));
    round = i;
    EXPECT_TRUE(queues.empty_topic("orders", api::LogOffset{i * 100}));
    while (shown < i) continue;
    wrong += queue.range().end == 0 ? 0 : 1;
  }
  shows.join();
  EXPECT_EQ(wrong, 0);
  queue.add(0, entry_of(0, 0));
  EXPECT_TRUE(queue.make_visible(1, api::LogOffset{kRounds * 100}));
  EXPECT_EQ(queue.range().end, 1);
}

}  // namespace
}  // namespace gantry::store
