#include "plugins/store-mmap/thread_lanes.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <pthread.h>
#include <thread>
#include <utility>

namespace gantry::store {

using std::chrono::nanoseconds;

class ThreadLanes::Row {
 public:
  Row(Lane lane, const api::Clock& clock, const OnException& on_exception)
      : lane_(lane), clock_(clock), on_exception_(on_exception) {}

  void post(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (!begin()) return;
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }

  void post_after(nanoseconds delay, std::function<void()> job) {
    const auto due = clock_.now() + std::max(delay, nanoseconds::zero());
    const std::lock_guard lock(mutex_);
    if (!begin()) return;
    timers_.emplace(due, std::move(job));
    changed_.notify_one();
  }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }

  // After end(). What is dropped may hold what posts as it goes: so none of it goes under the lock.
  void join() {
    if (thread_.joinable()) thread_.join();
    std::deque<std::function<void()>> jobs;
    std::multimap<TimePoint, std::function<void()>> timers;
    const std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
    timers.swap(timers_);
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Whether there is a thread to do it, made if this is the first time.
  bool begin() {
    if (ended_) return false;
    if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
    return true;
  }

  void run() {
    ::pthread_setname_np(::pthread_self(), thread_name(lane_));
    std::unique_lock lock(mutex_);
    while (!ended_) {
      take_due_timers();
      if (jobs_.empty()) {
        wait(lock);
        continue;
      }
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      try {
        job();
      } catch (...) {
        on_exception_(lane_, std::current_exception());
      }
      job = nullptr;
      lock.lock();
    }
  }

  void take_due_timers() {
    if (timers_.empty()) return;
    const auto now = clock_.now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      jobs_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    if (timers_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, timers_.begin()->first - clock_.now());
    }
  }

  const Lane lane_;
  const api::Clock& clock_;
  const OnException& on_exception_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::multimap<TimePoint, std::function<void()>> timers_;
  bool ended_ = false;
  std::jthread thread_;
};

ThreadLanes::ThreadLanes(const api::Clock& clock, OnException on_exception)
    : on_exception_(std::move(on_exception)) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    rows_[lane] = std::make_unique<Row>(static_cast<Lane>(lane), clock, on_exception_);
  }
}

ThreadLanes::~ThreadLanes() {
  stop();
}

void ThreadLanes::post(Lane lane, std::function<void()> job) {
  row(lane).post(std::move(job));
}

void ThreadLanes::post_after(Lane lane, nanoseconds delay, std::function<void()> job) {
  row(lane).post_after(delay, std::move(job));
}

void ThreadLanes::stop() {
  const std::lock_guard lock(stopping_);
  for (auto& row : rows_) row->end();
  for (auto& row : rows_) row->join();
}

const char* thread_name(Lane lane) {
  switch (lane) {
    case Lane::append:
      return "store-append";
    case Lane::flush:
      return "store-flush";
    case Lane::allocate:
      return "store-allocate";
    case Lane::queues:
      return "store-queues";
    case Lane::index:
      return "store-index";
    case Lane::read:
      return "store-read";
    case Lane::housekeeping:
      return "store-housekeep";  // the kernel keeps 15 letters
  }
  return "store";
}

}  // namespace gantry::store
