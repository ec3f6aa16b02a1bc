#include "kernel/parked_requests.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/manual_background.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using api::Woken;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

struct TheParkedRequests : testing::Test {
  TheParkedRequests() { parked.watch(store); }

  void park(const std::string& name, const std::string& topic, std::int64_t wants,
            std::uint64_t connection = 1, std::chrono::milliseconds time = 1s) {
    const auto done = parked.park({topic, api::QueueId{0}, {wants}}, clock.now() + time, {connection, 7},
                                  [this, name](Woken why) {
                                    woken.push_back(name);
                                    last = why;
                                  });
    if (!done) refused = done.error();
  }
  void store_one(const std::string& topic) { store.append_one(topic); }

  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary boundary{"broker", metrics, log, clock};
  ManualBackground background{clock};
  std::unique_ptr<PluginJobs> jobs = background.for_plugin(boundary);
  AppendingStore store;
  std::vector<std::size_t> threads;
  std::vector<std::string> woken;
  std::optional<Woken> last;
  std::optional<api::Refusal> refused;
  ParkedRequests parked{{clock, jobs->timers(),
                         [this](std::size_t thread, const std::function<void()>& job) {
                           threads.push_back(thread);
                           job();
                         }},
                        {.most = 40}};
};

TEST_F(TheParkedRequests, are_woken_by_a_message_in_their_queue_on_their_own_io_thread) {
  park("a", "T", 0);
  park("b", "other", 0);
  store_one("T");
  EXPECT_THAT(woken, ElementsAre("a"));
  EXPECT_EQ(last, Woken::messages);
  EXPECT_THAT(threads, ElementsAre(7));
  store_one("T");
  EXPECT_THAT(woken, ElementsAre("a"));
  EXPECT_EQ(parked.count(), 1U);
}

TEST_F(TheParkedRequests, sleep_on_while_the_queue_has_not_come_to_what_they_want) {
  park("second", "T", 1);
  park("first", "T", 0);
  store_one("T");
  EXPECT_THAT(woken, ElementsAre("first"));
  store_one("T");
  EXPECT_THAT(woken, ElementsAre("first", "second"));
}

TEST_F(TheParkedRequests, are_woken_at_once_when_the_message_came_before_they_were_parked) {
  store_one("T");
  park("late", "T", 0);
  EXPECT_THAT(woken, ElementsAre("late"));
}

TEST_F(TheParkedRequests, are_woken_when_their_time_is_up_each_at_its_own) {
  park("long", "T", 0, 1, 5s);
  park("short", "T", 0, 1, 1s);
  background.advance(999ms);
  EXPECT_THAT(woken, IsEmpty());
  background.advance(200ms);
  EXPECT_THAT(woken, ElementsAre("short"));
  EXPECT_EQ(last, Woken::time_up);
  background.advance(5s);
  EXPECT_THAT(woken, ElementsAre("short", "long"));
  park("again", "T", 0);
  background.advance(2s);
  EXPECT_EQ(woken.back(), "again");
}

TEST_F(TheParkedRequests, are_forgotten_with_their_connection) {
  park("a", "T", 0, 1);
  park("b", "T", 0, 2);
  park("c", "other", 0, 1);
  parked.closed(1);
  EXPECT_EQ(parked.count(), 1U);
  store_one("T");
  EXPECT_THAT(woken, ElementsAre("b"));
}

TEST_F(TheParkedRequests, are_so_many_at_most) {
  for (std::uint64_t connection = 1; connection <= 10; ++connection)
    for (int i = 0; i < 4; ++i) park("a", "T", 0, connection);
  EXPECT_FALSE(refused);
  park("too many", "T", 0, 11);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->text, "40 requests wait for messages already (max_parked_pulls)");
  store_one("T");
  EXPECT_EQ(parked.count(), 0U);
  refused.reset();
  for (int i = 0; i < 4; ++i) park("fits", "T", 7, 11);
  EXPECT_FALSE(refused) << "what was refused has no place";
}

TEST_F(TheParkedRequests, of_one_connection_leave_the_others_most_of_the_places) {
  for (int i = 0; i < 4; ++i) park("a", "T" + std::to_string(i), 0);
  EXPECT_FALSE(refused);
  park("too many", "other", 0);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, remoting::ResponseCode::system_busy);
  EXPECT_EQ(refused->text,
            "4 requests of this connection wait for messages already, a tenth of what all may have "
            "(max_parked_pulls)");
  EXPECT_EQ(parked.count(), 4U);
  refused.reset();
  park("another's", "other", 0, 2);
  EXPECT_FALSE(refused);
}

TEST_F(TheParkedRequests, give_their_place_back_however_they_end) {
  const auto fill = [&] {
    refused.reset();
    for (int i = 0; i < 4; ++i) park("a", "T" + std::to_string(i), 9);
    EXPECT_FALSE(refused);
  };
  fill();
  background.advance(2s);
  fill();
  parked.closed(1);
  fill();
  for (int i = 0; i < 4; ++i) parked.wake("T" + std::to_string(i), api::QueueId{0});
  fill();
  EXPECT_EQ(parked.count(), 4U);
}

TEST_F(TheParkedRequests, of_one_connection_are_at_least_one_and_those_of_plugins_as_many_as_there_are) {
  ParkedRequests few{{clock, jobs->timers(), [](std::size_t, const std::function<void()>& job) { job(); }},
                     {.most = 3}};
  const auto fits = [&](const ParkedRequests::Owner& owner) {
    return few.park({"T", api::QueueId{0}, {0}}, clock.now() + 1s, owner, [](Woken) {}).has_value();
  };
  EXPECT_TRUE(fits({.connection = 1}));
  EXPECT_FALSE(fits({.connection = 1}));
  api::Parking& parking = few;
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(parking.park("T", api::QueueId{0}, {0}, clock.now() + 1s, 0, [](Woken) {}));
  EXPECT_FALSE(fits({.connection = 2}));
}

TEST_F(TheParkedRequests, are_all_woken_when_the_broker_stops_and_no_more_are_taken) {
  park("a", "T", 0);
  park("b", "other", 5);
  parked.stop();
  EXPECT_EQ(woken.size(), 2U);
  EXPECT_EQ(last, Woken::stopping);
  park("c", "T", 0);
  EXPECT_EQ(refused->code, remoting::ResponseCode::service_not_available);
  EXPECT_EQ(parked.count(), 0U);
}

TEST_F(TheParkedRequests, of_plugins_are_woken_as_pulls_are) {
  api::Parking& parking = parked;
  int count = 0;
  ASSERT_TRUE(parking.park("T", api::QueueId{0}, {0}, clock.now() + 1s, 0, [&](Woken) { ++count; }));
  parking.wake("T", api::QueueId{1});
  EXPECT_EQ(count, 0);
  parking.wake("T", api::QueueId{0});
  EXPECT_EQ(count, 1);
}

// Under ThreadSanitizer, too: every request is woken once, whoever comes first.
TEST(ParkedRequestsOfManyThreads, are_each_woken_once_or_dropped) {
  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary boundary{"broker", metrics, log, clock};
  BackgroundThreads background(1, clock);
  const auto jobs = background.for_plugin(boundary);
  ParkedRequests parked{{clock, jobs->timers(), [](std::size_t, const std::function<void()>& job) { job(); }},
                        {}};
  constexpr int kEach = 2000;
  std::atomic<int> woken{0};
  std::vector<std::thread> threads;
  for (std::uint64_t connection = 1; connection <= 2; ++connection)
    threads.emplace_back([&, connection] {
      for (int i = 0; i < kEach; ++i)
        static_cast<void>(parked.park({"T", api::QueueId{i % 5}, {0}}, clock.now() + 1s, {connection, 0},
                                      [&](Woken) { ++woken; }));
    });
  threads.emplace_back([&] {
    for (int i = 0; i < kEach; ++i) parked.wake("T", api::QueueId{i % 5});
  });
  for (auto& thread : threads) thread.join();
  parked.closed(2);
  parked.stop();
  EXPECT_EQ(parked.count(), 0U);
  EXPECT_GE(woken, kEach);
  EXPECT_LE(woken, 2 * kEach);
  jobs->close();
}

}  // namespace
}  // namespace gantry::kernel
