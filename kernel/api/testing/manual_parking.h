// Parking of a test: what is parked waits until the test lets its queue grow, its time pass, or the broker
// stop.
//
//   context.parking().grow("orders", QueueId{0}, {1});  // its first message is there
//   context.settle();                                   // what waited for it runs
#pragma once

#include "kernel/api/parking.h"
#include "kernel/api/testing/manual_jobs.h"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::api::testing {

// One thread: the test's. Nothing wakes within the call that causes it, as in the broker.
class ManualParking final : public Parking {
 public:
  ManualParking(ManualJobs& jobs, const ManualClock& clock) : jobs_(jobs), clock_(clock) {}

  Result<void> park(std::string_view topic, QueueId queue, QueueOffset wants,
                    std::chrono::steady_clock::time_point until, std::size_t /*io_thread*/,
                    std::function<void(Woken)> wake) override {
    if (stopping_) return Refusal{remoting::ResponseCode::service_not_available, "the broker is stopping"};
    if (refusing_) return *refusing_;
    Parked& added =
        parked_.emplace_back(Parked{.where = Where{topic, queue}, .wants = wants, .wake = std::move(wake)});
    added.timer = jobs_.after(until - clock_.now(), [one = &added] { wake_one(*one, Woken::time_up); });
    const auto end = ends_.find(added.where);
    if (end != ends_.end() && end->second > wants) wake_one(added, Woken::messages);
    return {};
  }

  void wake(std::string_view topic, QueueId queue) override {
    for (Parked& one : parked_)
      if (one.where == Where{topic, queue}) wake_one(one, Woken::messages);
  }

  // The queue has messages up to `end` from now on.
  void grow(std::string_view topic, QueueId queue, QueueOffset end) {
    const Where where{topic, queue};
    ends_[where] = end;
    for (Parked& one : parked_)
      if (one.where == where && one.wants < end) wake_one(one, Woken::messages);
  }

  // The broker drains: all are woken, and nothing can be parked any more.
  void stop() {
    stopping_ = true;
    for (Parked& one : parked_) wake_one(one, Woken::stopping);
  }

  // Too much waits already, or whatever `why` says: until refuse({}).
  void refuse(std::optional<Refusal> why) { refusing_ = std::move(why); }

  std::size_t count() const { return parked_.size(); }

  // Runs what was woken. False: there was nothing.
  bool run() {
    bool any = false;
    for (auto at = parked_.begin(); at != parked_.end();) {
      if (!at->woken) {
        ++at;
        continue;
      }
      const auto wake = std::move(at->wake);
      const Woken why = *at->woken;
      at = parked_.erase(at);
      wake(why);
      any = true;
    }
    return any;
  }

  // As a process that is killed.
  void drop() { parked_.clear(); }

 private:
  using Where = std::pair<std::string, QueueId>;
  struct Parked {
    Where where;
    QueueOffset wants;
    std::function<void(Woken)> wake;
    std::unique_ptr<Timer> timer{};
    std::optional<Woken> woken{};
  };

  static void wake_one(Parked& one, Woken why) {
    if (!one.woken) one.woken = why;
  }

  ManualJobs& jobs_;
  const ManualClock& clock_;
  std::list<Parked> parked_;  // each stays where it is while it waits
  std::map<Where, QueueOffset> ends_;
  std::optional<Refusal> refusing_;
  bool stopping_ = false;
};

}  // namespace gantry::api::testing
