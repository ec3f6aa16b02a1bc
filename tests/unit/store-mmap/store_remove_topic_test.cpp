// Topics that are removed while messages for them come.
#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/running_store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::IsEmpty;

class RemovedTopic : public testing::TestWithParam<Flush> {
 protected:
  static StoreConfig config() {
    StoreConfig config = small_files();
    config.flush = GetParam();
    config.commit_log_file_size =
        ByteSize::mib(4);  // senders write all the while: small ones would be thousands
    config.busy_after = std::chrono::hours(24);
    config.pool_size = ByteSize::kib(64);
    config.checkpoint_interval = std::chrono::milliseconds(5);
    config.flush_interval = config.commit_interval = std::chrono::milliseconds(1);
    return config;
  }
  static TestMessage message(std::uint64_t number) {
    TestMessage one;
    one.topic = "orders";
    one.queue = static_cast<std::int32_t>(number % 2);
    one.body = std::to_string(number);
    return one;
  }
  std::string remove() {
    std::promise<std::string> told;
    store_->remove_topic("orders", api::Completion<void>([&told](const api::Result<void>& outcome) {
                           told.set_value(outcome ? "" : outcome.error().text);
                         }));
    return told.get_future().get();
  }
  // The numbers that are in both queues, each of which has to be without gaps.
  std::multiset<std::uint64_t> numbers() {
    std::multiset<std::uint64_t> found;
    store_->settle().value();  // what is only in the pool is acknowledged, and not shown yet
    for (const std::int32_t queue : {0, 1})
      for (const auto& body : store_.bodies("orders", queue)) found.insert(std::stoull(body));
    return found;
  }

  const kernel::TemporaryFolder folder_;
  PosixFileSystem files_;
  RunningStore store_{files_, folder_.path() / "store", config()};
};

INSTANTIATE_TEST_SUITE_P(Flush, RemovedTopic, testing::Values(Flush::sync, Flush::async, Flush::pool),
                         [](const auto& tested) {
                           return tested.param == Flush::sync    ? "sync"
                                  : tested.param == Flush::async ? "async"
                                                                 : "pool";
                         });

TEST_P(RemovedTopic, takes_messages_all_the_while_and_keeps_all_that_come_after_it_is_gone) {
  constexpr int kRemovals = 30;
  std::atomic<bool> removing{true};
  std::atomic<int> in_a_row{0};
  std::atomic<int> may_send{0};  // so that the disk does not have to take whatever two threads can write
  std::vector<std::thread> senders;
  for (std::uint64_t sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&, sender] {
      for (std::uint64_t number = sender * 1'000'000; removing; number += 5) {
        while (removing && in_a_row >= may_send) std::this_thread::yield();
        std::vector<TestMessage> burst;
        for (std::uint64_t i = 0; i < 5; ++i) burst.push_back(message(number + i));
        EXPECT_EQ(store_.append(std::move(burst)).why(), "");
        ++in_a_row;
      }
    });
  }
  for (int i = 0; i < kRemovals; ++i) {
    // Something is there to be removed, and something on its way.
    const int before = in_a_row;
    may_send = before + 100;
    while (in_a_row < before + 2) std::this_thread::yield();
    EXPECT_EQ(remove(), "");
  }
  removing = false;
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(remove(), "");
  EXPECT_THAT(numbers(), IsEmpty());
  std::multiset<std::uint64_t> sent;
  for (std::uint64_t number = 5'000'000; number < 5'000'040; ++number) {
    const auto told = store_.append({message(number)});
    EXPECT_EQ(told.why(), "");
    EXPECT_EQ(told.outcomes.front().queue_offset.value, static_cast<std::int64_t>((number - 5'000'000) / 2));
    sent.insert(number);
  }
  EXPECT_EQ(numbers(), sent);
  EXPECT_EQ(store_.log.count("a job of the store failed"), 0U);
}

// What came while it was removed is gone for good, too: a topic that gets the name later begins with nothing.
TEST_P(RemovedTopic, does_not_come_back_after_a_kill) {
  // Without any queue left, a start takes their files for lost, and makes them all again from the log.
  TestMessage stays;
  stays.topic = "stays";
  EXPECT_EQ(store_.append({stays}).why(), "");
  for (std::uint64_t number = 0; number < 40; ++number) EXPECT_EQ(store_.append({message(number)}).why(), "");
  std::atomic<bool> removing{true};
  std::atomic<int> sent{0};
  std::thread sender([&] {
    for (std::uint64_t number = 100; removing; ++number) {
      while (removing && number >= 1000) std::this_thread::yield();
      EXPECT_EQ(store_.append({message(number)}).why(), "");
      ++sent;
    }
  });
  while (sent < 10) std::this_thread::yield();
  EXPECT_EQ(remove(), "");
  removing = false;
  sender.join();
  EXPECT_EQ(remove(), "");
  store_.leave();
  store_.open();
  EXPECT_THAT(numbers(), IsEmpty());
  EXPECT_EQ(store_.append({message(7)}).why(), "");
  EXPECT_EQ(numbers(), std::multiset<std::uint64_t>{7});
}

}  // namespace
}  // namespace gantry::store
