#include "plugins/store-mmap/thread_lanes.h"

#include "kernel/real_clock.h"

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Moved by the test while lanes read it.
class MovedClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::time_point(passed_.load());
  }
  std::chrono::system_clock::time_point date() const override { return {}; }
  void advance(std::chrono::nanoseconds by) { passed_ = passed_.load() + by; }

 private:
  std::atomic<std::chrono::nanoseconds> passed_{0ns};
};

void expect_no_exception(Lane lane, const std::exception_ptr&) {
  ADD_FAILURE() << "a job threw in " << thread_name(lane);
}

// Waits until all that was posted to the lane before has run.
void drain(Lanes& lanes, Lane lane) {
  std::promise<void> done;
  lanes.post(lane, [&] { done.set_value(); });
  done.get_future().wait();
}

TEST(ThreadLanes, run_the_jobs_of_a_lane_in_order) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::vector<int> ran;
  for (int job = 0; job < 1000; ++job) {
    lanes.post(Lane::flush, [&ran, job] { ran.push_back(job); });
  }
  drain(lanes, Lane::flush);
  ASSERT_EQ(ran.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(ThreadLanes, run_one_job_of_a_lane_at_a_time_whoever_posts) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  int count = 0;  // would be torn, and seen by the thread sanitizer
  {
    std::vector<std::jthread> posters;
    posters.reserve(4);
    for (int poster = 0; poster < 4; ++poster) {
      posters.emplace_back([&] {
        for (int job = 0; job < 500; ++job) lanes.post(Lane::index, [&count] { ++count; });
      });
    }
  }
  drain(lanes, Lane::index);
  EXPECT_EQ(count, 2000);
}

TEST(ThreadLanes, do_not_wait_for_each_other) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::latch all_there(kLanes);
  std::vector<std::promise<void>> done(kLanes);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    lanes.post(static_cast<Lane>(lane), [&all_there, &done, lane] {
      all_there.arrive_and_wait();
      done[lane].set_value();
    });
  }
  for (auto& each : done) each.get_future().wait();
}

TEST(ThreadLanes, keep_a_named_thread_for_each_lane) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::thread::id ids[2];
    char name[16] = {};
    for (auto& id : ids) {
      lanes.post(static_cast<Lane>(lane), [&] {
        id = std::this_thread::get_id();
        ::pthread_getname_np(::pthread_self(), name, sizeof name);
      });
      drain(lanes, static_cast<Lane>(lane));
    }
    EXPECT_STREQ(name, thread_name(static_cast<Lane>(lane)));
    EXPECT_EQ(ids[0], ids[1]);
    EXPECT_NE(ids[0], std::this_thread::get_id());
  }
}

TEST(ThreadLanes, run_delayed_jobs_when_their_time_has_come_and_not_before) {
  MovedClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::vector<std::string> ran;
  const auto note = [&ran](const char* what) { return [&ran, what] { ran.emplace_back(what); }; };
  lanes.post_after(Lane::queues, 30s, note("in 30 s"));
  lanes.post_after(Lane::queues, 10s, note("in 10 s"));
  lanes.post_after(Lane::queues, 10s, note("in 10 s, posted later"));
  lanes.post_after(Lane::queues, 1h, note("in an hour"));
  drain(lanes, Lane::queues);
  EXPECT_THAT(ran, ElementsAre());

  clock.advance(9'999ms);
  drain(lanes, Lane::queues);
  EXPECT_THAT(ran, ElementsAre());

  clock.advance(30s);
  drain(lanes, Lane::queues);  // sees that they are due, and is in line before them
  drain(lanes, Lane::queues);
  EXPECT_THAT(ran, ElementsAre("in 10 s", "in 10 s, posted later", "in 30 s"));
}

TEST(ThreadLanes, wake_for_delayed_jobs_by_themselves) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::promise<void> first;
  std::promise<void> second;
  lanes.post_after(Lane::housekeeping, 1h, [] { ADD_FAILURE() << "an hour early"; });
  lanes.post_after(Lane::housekeeping, 5ms, [&] {
    lanes.post_after(Lane::housekeeping, -1s, [&] { second.set_value(); });
    first.set_value();
  });
  first.get_future().wait();
  second.get_future().wait();
}

TEST(ThreadLanes, let_delayed_jobs_in_between_jobs_that_post_themselves_again) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::atomic<bool> enough = false;
  std::promise<void> timer;
  std::function<void()> again = [&] {
    if (!enough) lanes.post(Lane::append, again);
  };
  lanes.post(Lane::append, again);
  lanes.post_after(Lane::append, 1ms, [&] { timer.set_value(); });
  timer.get_future().wait();
  enough = true;
  drain(lanes, Lane::append);
}

TEST(ThreadLanes, hand_on_what_a_job_throws_and_run_the_next) {
  const kernel::RealClock clock;
  std::vector<std::string> heard;
  ThreadLanes lanes(clock, [&](Lane lane, const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::runtime_error& error) {
      heard.push_back(std::string(thread_name(lane)) + ": " + error.what());
    }
  });
  lanes.post(Lane::allocate, [] { throw std::runtime_error("broken"); });
  lanes.post_after(Lane::allocate, 0ns, [] { throw std::runtime_error("broken later"); });
  drain(lanes, Lane::allocate);
  drain(lanes, Lane::allocate);
  EXPECT_THAT(heard, ElementsAre("store-allocate: broken", "store-allocate: broken later"));
}

TEST(ThreadLanes, stop_after_the_running_job_and_drop_the_rest) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  std::latch running(1);
  std::promise<void> go_on;
  std::atomic<bool> finished = false;
  const auto in_queue = std::make_shared<int>(0);
  lanes.post(Lane::flush, [&] {
    running.count_down();
    go_on.get_future().wait();
    finished = true;
  });
  lanes.post(Lane::flush, [in_queue] { ADD_FAILURE() << "begun after stop()"; });
  lanes.post_after(Lane::flush, 1h, [in_queue] { ADD_FAILURE() << "begun after stop()"; });
  running.wait();

  std::jthread stopping([&] { lanes.stop(); });
  // Behind the running job it would wait, so that it can only be gone because the lane takes no more.
  while (true) {
    const auto posted = std::make_shared<int>(0);
    lanes.post(Lane::flush, [posted] { ADD_FAILURE() << "begun after stop()"; });
    if (posted.use_count() == 1) break;
    std::this_thread::yield();
  }
  EXPECT_FALSE(finished);
  go_on.set_value();
  stopping.join();
  EXPECT_TRUE(finished);
  EXPECT_EQ(in_queue.use_count(), 1);

  lanes.post(Lane::flush, [] { ADD_FAILURE() << "posted after stop()"; });
  lanes.post_after(Lane::flush, 0ns, [] { ADD_FAILURE() << "posted after stop()"; });
  lanes.stop();
}

TEST(ThreadLanes, can_be_posted_to_by_what_they_drop) {
  const kernel::RealClock clock;
  ThreadLanes lanes(clock, expect_no_exception);
  struct PostsAtItsEnd {
    Lanes& lanes;
    ~PostsAtItsEnd() {
      lanes.post(Lane::queues, [] { ADD_FAILURE() << "begun after stop()"; });
    }
  };
  lanes.post_after(Lane::queues, 1h, [last = std::make_shared<PostsAtItsEnd>(lanes)] {});
  lanes.stop();
}

}  // namespace
}  // namespace gantry::store
