// A store under everybody at once: senders, readers, look-ups, flushes, checkpoints and retention, in files
// so small that it goes on to the next one all the time. Meant for the thread sanitizer as much as for what
// is asserted.
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/numbered_messages.h"
#include "tests/unit/store-mmap/running_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSenders = 3;
constexpr std::uint64_t kBursts = 250;      // of each sender
constexpr std::size_t kBurstsInFlight = 8;  // of each sender

struct Queue {
  std::string topic;
  std::int32_t id = 0;
  auto operator<=>(const Queue&) const = default;
};
const std::array<Queue, 4> kQueues{{{"even", 0}, {"even", 1}, {"odd", 0}, {"odd", 1}}};

struct Acknowledged {
  std::uint64_t number = 0;
  api::Appended as;
};

StoreConfig busy_config(Flush flush) {
  StoreConfig config = small_files();
  config.flush = flush;
  config.pool_size = ByteSize::kib(64);
  config.mapped_files = 2;
  config.queue_memory = ByteSize::kib(8);
  config.busy_after = 24h;
  config.flush_interval = config.commit_interval = 1ms;
  config.flush_least_pages = 1;
  config.checkpoint_interval = 5ms;
  config.retention_age = 1h;
  config.retention_hours.clear();
  for (int hour = 0; hour < 24; ++hour) config.retention_hours.push_back(std::to_string(hour));
  return config;
}

class StoreThreads : public testing::TestWithParam<Flush> {
 protected:
  // Numbers of its own, in bursts of one to seven.
  void send(std::size_t sender, std::vector<Acknowledged>& acknowledged) {
    std::uint64_t number = sender * 1'000'000;
    std::deque<std::pair<std::uint64_t, std::future<Told>>> in_flight;
    const auto take_answer = [&] {
      auto [first, told] = std::move(in_flight.front());
      in_flight.pop_front();
      const Told answer = RunningStore::answer(std::move(told));
      // The clock leaps, and so may find a sync late.
      ASSERT_TRUE(answer.why().empty() || answer.why().find("become visible later") != std::string::npos)
          << answer.why();
      for (const auto& one : answer.outcomes) acknowledged.push_back({first++, one});
    };
    for (std::uint64_t burst = 0; burst < kBursts; ++burst) {
      std::vector<TestMessage> messages;
      const std::uint64_t first = number;
      for (std::uint64_t i = 0; i < 1 + burst % 7; ++i) messages.push_back(numbered_message(number++));
      in_flight.emplace_back(first, store_.begin(std::move(messages)));
      if (in_flight.size() == kBurstsInFlight) take_answer();
    }
    while (!in_flight.empty()) take_answer();
  }

  // Begins again wherever retention has left the queue's first message.
  void read_queue(const Queue& queue, bool to_the_end) {
    std::deque<remoting::Slice> held;  // retention must not pull the ground from under these
    api::QueueOffset at{0};
    while (sending_ || to_the_end) {
      const auto outcome = store_.read(queue.topic, queue.id, at);
      ASSERT_TRUE(outcome) << outcome.error().text;
      if (outcome->status == api::ReadStatus::found) {
        check(outcome->messages, at, outcome->next);
        for (const auto& slice : outcome->messages) held.push_back(slice);
        while (held.size() > 8) {
          expect_whole(held.front());
          held.pop_front();
        }
      }
      if (outcome->status == api::ReadStatus::at_the_end && to_the_end) break;
      if (outcome->next == at) std::this_thread::yield();
      at = outcome->next;
    }
    for (const auto& slice : held) expect_whole(slice);
  }
  // Dense from wherever the first one stands, which retention may have moved.
  void check(const std::vector<remoting::Slice>& slices, api::QueueOffset from, api::QueueOffset next) {
    std::vector<std::int64_t> offsets;
    for (const auto& slice : slices) {
      remoting::RecordWalker walker(slice.bytes);
      while (const auto record = walker.next()) {
        ASSERT_TRUE(number_of(*record)) << record->body();
        offsets.push_back(record->queue_offset());
      }
    }
    ASSERT_FALSE(offsets.empty());
    ASSERT_GE(offsets.front(), from.value);
    for (std::size_t i = 1; i < offsets.size(); ++i) ASSERT_EQ(offsets[i], offsets[i - 1] + 1);
    ASSERT_EQ(offsets.back() + 1, next.value);
  }
  static void expect_whole(const remoting::Slice& slice) {
    remoting::RecordWalker walker(slice.bytes);
    while (const auto record = walker.next()) ASSERT_TRUE(number_of(*record)) << "it changed under a reader";
  }

  void look_up() {
    std::uint64_t number = 0;
    while (sending_) {
      const TestMessage wanted = numbered_message(number);
      const auto by_key = store_.find_by_key(wanted.topic, numbered_key(number));
      ASSERT_TRUE(by_key) << by_key.error().text;
      ASSERT_LE(by_key->size(), 1U);
      for (const auto& message : *by_key) ASSERT_EQ(number_of(message.record), number);
      const auto by_time = store_.find_by_time(wanted.topic, wanted.queue, 0);
      ASSERT_TRUE(by_time) << by_time.error().text;
      const auto range = store_->range(wanted.topic, api::QueueId{wanted.queue});
      ASSERT_LE(by_time->value, range ? range->end.value : 0);
      ASSERT_LE(store_->topics().size(), 2U);
      ++number;
    }
  }
  void walk_the_log() {
    api::LogOffset at{0};
    while (sending_) {
      const auto next = store_->walk(at, ByteSize::kib(8), [](std::span<const api::LogEntry> entries) {
        for (const auto& entry : entries) ASSERT_TRUE(number_of(entry.record));
      });
      ASSERT_TRUE(next) << next.error().text;
      if (*next == at) std::this_thread::yield();
      at = *next;
    }
  }
  // Everything to the disk, and what is old from the disk.
  void keep_in_order() {
    for (int round = 0; sending_ || (round < 1000 && store_->first().value == 0); ++round) {
      const auto settled = store_->settle();
      ASSERT_TRUE(settled) << settled.error().text;
      store_.let_pass(round % 4 == 3 ? 61min : 11s);
    }
    EXPECT_GT(store_->first().value, 0) << "retention takes nothing";
  }

  void run_everybody(std::array<std::vector<Acknowledged>, kSenders>& acknowledged) {
    std::vector<std::jthread> others;
    for (const Queue& queue : kQueues) others.emplace_back([&] { read_queue(queue, false); });
    others.emplace_back([&] { look_up(); });
    others.emplace_back([&] { walk_the_log(); });
    others.emplace_back([&] { keep_in_order(); });
    {
      std::vector<std::jthread> senders;
      for (std::size_t i = 0; i < kSenders; ++i) senders.emplace_back([&, i] { send(i, acknowledged[i]); });
    }
    sending_ = false;
  }

  kernel::TemporaryFolder folder_;
  PosixFileSystem files_;
  RunningStore store_{files_, folder_.path() / "store", busy_config(GetParam())};
  std::atomic<bool> sending_ = true;
};

INSTANTIATE_TEST_SUITE_P(Flush, StoreThreads, testing::Values(Flush::sync, Flush::async, Flush::pool),
                         [](const auto& tested) {
                           return tested.param == Flush::sync    ? "sync"
                                  : tested.param == Flush::async ? "async"
                                                                 : "pool";
                         });

TEST_P(StoreThreads, give_back_all_that_was_acknowledged_whatever_others_do) {
  std::array<std::vector<Acknowledged>, kSenders> acknowledged;
  run_everybody(acknowledged);
  ASSERT_FALSE(HasFailure());
  store_->settle().value();  // what is only in the pool is acknowledged, and not shown yet
  for (const Queue& queue : kQueues) read_queue(queue, true);

  for (const bool opened_again : {false, true}) {
    if (opened_again) store_.open_again();
    const std::int64_t first = store_->first().value;
    std::map<Queue, std::set<std::int64_t>> offsets;
    std::size_t compared = 0;
    for (const auto& of_sender : acknowledged) {
      for (const auto& [number, as] : of_sender) {
        const TestMessage sent = numbered_message(number);
        const Queue queue{sent.topic, sent.queue};
        ASSERT_TRUE(offsets[queue].insert(as.queue_offset.value).second) << "two messages have one offset";
        if (as.at.value < first) continue;
        const auto found =
            RunningStore::ask<api::Result<api::StoredMessage>>([&](auto done) { store_->find(as.at, done); });
        if (!found && as.at < store_->first()) continue;  // the last round of retention has taken it
        ASSERT_TRUE(found) << number << ": " << found.error().text;
        ASSERT_EQ(number_of(found->record), number);
        ASSERT_EQ(found->record.queue_offset(), as.queue_offset.value);
        ++compared;
      }
    }
    EXPECT_GT(compared, 0U);
    for (const auto& [queue, its] : offsets) {
      EXPECT_EQ(*its.begin(), 0);
      EXPECT_EQ(*its.rbegin() + 1, std::ssize(its)) << "a gap in " << queue.topic << queue.id;
      EXPECT_EQ(store_->range(queue.topic, api::QueueId{queue.id})->end.value, std::ssize(its));
    }
    for (const Queue& queue : kQueues) read_queue(queue, true);
  }
  for (const auto& line : store_.log.lines())
    EXPECT_NE(line.level, logging::Level::error) << line.message << ' ' << line.field("because");
}

}  // namespace
}  // namespace gantry::store
