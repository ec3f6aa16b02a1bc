#include "kernel/timer_queue.h"

#include "kernel/real_clock.h"

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Numbers that come from other threads, and a wait for so many of them.
class Numbers {
 public:
  void add(int number) {
    const std::lock_guard lock(mutex_);
    all_.push_back(number);
    came_.notify_all();
  }
  std::vector<int> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, 10s, [&] { return all_.size() >= count; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<int> all_;
};

struct TimerQueueTest : testing::Test {
  RealClock clock;
  Numbers came_due;
  TimerQueue queue{clock};
  std::chrono::steady_clock::time_point start = clock.now();
};

TEST_F(TimerQueueTest, does_what_is_due_in_the_order_of_time) {
  // Keeps its thread until all three are there, whenever this one gets the processor.
  std::promise<void> release;
  queue.add(start, [released = release.get_future().share()] { released.wait(); });
  queue.add(start + 20ms, [&] { came_due.add(3); });
  queue.add(start + 10ms, [&] { came_due.add(1); });
  queue.add(start + 10ms, [&] { came_due.add(2); });
  release.set_value();
  EXPECT_THAT(came_due.wait_for(3), ElementsAre(1, 2, 3));
  EXPECT_GE(clock.now() - start, 20ms);
}

TEST_F(TimerQueueTest, forgets_what_was_removed_with_all_it_holds) {
  auto held = std::make_shared<int>(1);
  const auto id = queue.add(start + 1h, [held] {});
  queue.remove(id);
  queue.remove(id);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(TimerQueueTest, can_be_added_to_and_taken_from_by_what_is_due) {
  const auto never = queue.add(start + 1h, [&] { came_due.add(9); });
  queue.add(start, [&] {
    queue.remove(never);
    queue.add(start, [&] { came_due.add(1); });
  });
  EXPECT_THAT(came_due.wait_for(1), ElementsAre(1));
}

TEST_F(TimerQueueTest, drops_what_has_not_come_due_at_its_end) {
  auto held = std::make_shared<int>(1);
  {
    TimerQueue other(clock);
    other.add(start + 1h, [held] {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace gantry::kernel
