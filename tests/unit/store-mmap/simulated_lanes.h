// The store's lanes on the test's own thread. A seed says which lane's job runs next; time moves when the
// test moves it. Now and then a lane is favoured and another one all but starved for a while, as on a busy
// machine.
//
// What a job throws reaches the test.
#pragma once

#include "kernel/api/testing/manual_jobs.h"
#include "plugins/store-mmap/lanes.h"
#include "tests/unit/store-mmap/seeded_random.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace gantry::store {

// Thread: one.
class SimulatedLanes final : public Lanes {
 public:
  SimulatedLanes(std::uint64_t seed, api::testing::ManualClock& clock) : random_(seed), clock_(clock) {}

  void post(Lane lane, std::function<void()> job) override {
    if (!stopped_) waiting(lane).push_back(std::move(job));
  }
  void post_after(Lane lane, std::chrono::nanoseconds delay, std::function<void()> job) override {
    if (!stopped_) timers_.emplace(clock_.now() + delay, Timer{lane, std::move(job)});
  }
  void stop() override {
    stopped_ = true;
    for (auto& row : waiting_) row.clear();
    timers_.clear();
  }

  // Nothing of this lane runs until it is let go: its disk stalls.
  void hold(Lane lane) { held_[index(lane)] = true; }
  void let_go(Lane lane) { held_[index(lane)] = false; }

  // One job that is due, of a lane that the seed chooses. False: there is none.
  bool run_one() {
    make_due();
    std::uint64_t total = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) total += weight(lane);
    if (total == 0) return false;
    std::uint64_t chosen = random_.below(total);
    std::size_t lane = 0;
    while (chosen >= weight(lane)) chosen -= weight(lane++);
    const auto job = std::move(waiting_[lane].front());
    waiting_[lane].pop_front();
    if (random_.one_in(32)) favour_others();
    job();
    return true;
  }

  // Of that lane only, in order.
  bool run_one(Lane lane) {
    make_due();
    if (waiting(lane).empty()) return false;
    const auto job = std::move(waiting(lane).front());
    waiting(lane).pop_front();
    job();
    return true;
  }

  // Until nothing is due. False: there still was something after so many jobs.
  [[nodiscard]] bool run_until_idle(std::size_t most_jobs = 100'000) {
    for (std::size_t ran = 0; ran < most_jobs; ++ran) {
      if (!run_one()) return true;
    }
    return false;
  }

  // Lets time pass, and what becomes due run at its time. False: one moment had too many jobs.
  [[nodiscard]] bool run_for(std::chrono::nanoseconds time, std::size_t most_jobs = 100'000) {
    const auto end = clock_.now() + time;
    while (run_until_idle(most_jobs)) {
      const auto next = next_timer();
      if (!next || *next > end) {
        if (end > clock_.now()) clock_.advance(end - clock_.now());
        make_due();
        return true;
      }
      if (*next > clock_.now()) clock_.advance(*next - clock_.now());
    }
    return false;
  }

  // Runs jobs, and moves the time when none is due, until `met` or nothing more can happen, or the time is
  // up.
  template <class Condition>
  [[nodiscard]] bool run_until(const Condition& met, std::chrono::nanoseconds most_time) {
    const auto end = clock_.now() + most_time;
    while (!met()) {
      if (clock_.now() > end) return false;
      if (run_one()) continue;
      const auto next = next_timer();
      if (!next) return false;
      clock_.advance(*next - clock_.now());
    }
    return true;
  }

  std::size_t waiting_jobs() const {
    std::size_t count = 0;
    for (const auto& row : waiting_) count += row.size();
    return count;
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Timer {
    Lane lane;
    std::function<void()> job;
  };

  static std::size_t index(Lane lane) { return static_cast<std::size_t>(lane); }
  std::deque<std::function<void()>>& waiting(Lane lane) { return waiting_[index(lane)]; }
  std::uint64_t weight(std::size_t lane) const {
    return held_[lane] || waiting_[lane].empty() ? 0 : favour_[lane];
  }

  void favour_others() {
    static constexpr std::array<std::uint64_t, 4> kFavours{1, 10, 10, 100};
    for (auto& favour : favour_) favour = random_.pick(kFavours);
  }

  std::optional<TimePoint> next_timer() const {
    for (const auto& [due, timer] : timers_) {
      if (!held_[index(timer.lane)]) return due;
    }
    return std::nullopt;
  }

  void make_due() {
    while (!timers_.empty() && timers_.begin()->first <= clock_.now()) {
      auto due = timers_.extract(timers_.begin());
      waiting(due.mapped().lane).push_back(std::move(due.mapped().job));
    }
  }

  SeededRandom random_;
  api::testing::ManualClock& clock_;
  bool stopped_ = false;
  std::array<std::deque<std::function<void()>>, kLanes> waiting_;
  std::multimap<TimePoint, Timer> timers_;  // those due at the same time in the order of their posting
  std::array<bool, kLanes> held_{};
  std::array<std::uint64_t, kLanes> favour_{1, 1, 1, 1, 1, 1, 1};
};

}  // namespace gantry::store
