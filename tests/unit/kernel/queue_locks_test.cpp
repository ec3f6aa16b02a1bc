#include "kernel/queue_locks.h"

#include "tests/unit/kernel/manual_clock.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using remoting::MessageQueue;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<MessageQueue> queues(std::vector<std::int32_t> ids, const std::string& topic = "orders") {
  std::vector<MessageQueue> all;
  for (const auto id : ids) all.push_back({.topic = topic, .broker_name = "broker-a", .queue_id = id});
  return all;
}

struct QueueLocksTest : testing::Test {
  // The ids of what the client has now.
  std::vector<std::int32_t> lock(const std::string& client, const std::vector<MessageQueue>& wanted,
                                 const std::string& group = "g") {
    std::vector<std::int32_t> ids;
    for (const auto& queue : locks.lock(group, client, wanted).queues) ids.push_back(queue.queue_id);
    return ids;
  }

  ManualClock clock;
  QueueLocks locks{clock, {.lifetime = 60s, .most_per_client = 3, .most = 5}};
};

TEST_F(QueueLocksTest, gives_a_queue_to_the_first_and_tells_the_queue_as_it_was_asked_for) {
  const auto first = locks.lock("g", "a", queues({1, 0}));
  EXPECT_EQ(first.queues, queues({1, 0}));
  EXPECT_EQ(first.past_limit, 0u);
  EXPECT_THAT(lock("b", queues({0, 1, 2})), ElementsAre(2));
  EXPECT_THAT(lock("a", queues({0, 1, 2})), ElementsAre(0, 1));
}

TEST_F(QueueLocksTest, keeps_groups_topics_and_queues_apart) {
  lock("a", queues({0}));
  EXPECT_THAT(lock("b", queues({0}), "h"), ElementsAre(0));
  EXPECT_THAT(lock("b", queues({0}, "bills")), ElementsAre(0));
  EXPECT_THAT(lock("b", queues({1})), ElementsAre(1));
}

TEST_F(QueueLocksTest, keeps_a_queue_for_who_renews_it_and_lets_another_have_it_afterwards) {
  lock("a", queues({0}));
  clock.advance(60s);
  EXPECT_THAT(lock("b", queues({0})), IsEmpty());
  EXPECT_THAT(lock("a", queues({0})), ElementsAre(0));
  clock.advance(60s);
  EXPECT_THAT(lock("b", queues({0})), IsEmpty());
  clock.advance(1ms);
  EXPECT_THAT(lock("b", queues({0})), ElementsAre(0));
  EXPECT_THAT(lock("a", queues({0})), IsEmpty());
}

TEST_F(QueueLocksTest, lets_its_owner_renew_late_when_nobody_has_taken_it) {
  lock("a", queues({0}));
  clock.advance(1h);
  EXPECT_THAT(lock("a", queues({0})), ElementsAre(0));
  EXPECT_THAT(lock("b", queues({0})), IsEmpty());
}

TEST_F(QueueLocksTest, takes_back_what_its_owner_gives_back_and_nothing_else) {
  lock("a", queues({0, 1}));
  locks.unlock("g", "b", queues({0, 1}));
  locks.unlock("h", "a", queues({0, 1}));
  locks.unlock("g", "a", queues({0, 1}, "bills"));
  EXPECT_THAT(lock("b", queues({0, 1})), IsEmpty());
  locks.unlock("g", "a", queues({1, 7}));
  EXPECT_THAT(lock("b", queues({0, 1})), ElementsAre(1));
}

TEST_F(QueueLocksTest, gives_one_client_so_many_and_tells_how_many_more_it_wanted) {
  const auto got = locks.lock("g", "a", queues({0, 1, 2, 3, 4}));
  EXPECT_EQ(got.queues, queues({0, 1, 2}));
  EXPECT_EQ(got.past_limit, 2u);
  EXPECT_EQ(lock("a", queues({0, 1, 2})).size(), 3u);  // to renew is no new lock
  EXPECT_EQ(locks.lock("h", "a", queues({0})).past_limit, 1u);
  locks.unlock("g", "a", queues({0}));
  EXPECT_THAT(lock("a", queues({3, 4})), ElementsAre(3));
}

TEST_F(QueueLocksTest, counts_what_another_took_over_for_that_one) {
  lock("a", queues({0, 1, 2}));
  clock.advance(61s);
  EXPECT_EQ(lock("b", queues({0, 1, 2})).size(), 3u);
  EXPECT_EQ(lock("a", queues({3, 4})).size(), 2u);
  clock.advance(61s);
  EXPECT_THAT(lock("b", queues({3})), IsEmpty());
  EXPECT_EQ(locks.size(), 5u);
}

TEST_F(QueueLocksTest, gives_all_clients_together_so_many) {
  lock("a", queues({0, 1, 2}));
  const auto got = locks.lock("g", "b", queues({3, 4, 5}));
  EXPECT_EQ(got.queues, queues({3, 4}));
  EXPECT_EQ(got.past_limit, 1u);
  EXPECT_EQ(locks.lock("h", "c", queues({0})).past_limit, 1u);
}

TEST_F(QueueLocksTest, forgets_what_nobody_renews) {
  lock("a", queues({0}));
  lock("a", queues({0}), "h");
  clock.advance(30s);
  lock("b", queues({1, 2}));
  clock.advance(31s);
  EXPECT_EQ(locks.size(), 4u);
  locks.forget_expired();
  EXPECT_EQ(locks.size(), 2u);
  EXPECT_THAT(lock("a", queues({0, 1, 2})), ElementsAre(0));
  clock.advance(61s);
  locks.forget_expired();
  EXPECT_EQ(locks.size(), 0u);
  EXPECT_EQ(lock("a", queues({0, 1, 2})).size(), 3u);  // and its count with it
}

}  // namespace
}  // namespace gantry::kernel
