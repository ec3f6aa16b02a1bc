// All durability gates of a broker, as one: a burst's acknowledgement waits until every one has agreed.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/durability_gate.h"
#include "kernel/api/executor.h"
#include "kernel/extension_registry.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace gantry::kernel {

// On destruction all that still waits is refused; the executor of `timers` has ended by then. Gates, clock
// outlive it.
class DurabilityGates {
 public:
  using Done = std::function<void(api::Result<void>)>;

  // A gate that has not answered after `patience` has refused; its answer after that is late, and counts for
  // nothing.
  DurabilityGates(std::span<const Installed<api::DurabilityGate>> gates, std::chrono::milliseconds patience,
                  const api::Clock& clock, api::Timers& timers);
  ~DurabilityGates();

  bool empty() const { return gates_.empty(); }

  // Any thread. `done` runs once, on whichever thread decides it: when all gates have agreed, with the first
  // refusal, or when the time is up. It must not wait.
  void hold(api::LogOffset end, Done done);

 private:
  class Waiting;
  struct Deadline {
    std::chrono::steady_clock::time_point at;
    std::weak_ptr<Waiting> waiting;
  };

  void refuse_overdue();

  const std::vector<Installed<api::DurabilityGate>> gates_;
  const std::chrono::milliseconds patience_;
  const api::Clock& clock_;

  std::mutex mutex_;
  std::deque<Deadline>
      deadlines_;  // guarded by mutex_; patience is the same for all, so the first is due first
  std::unique_ptr<api::Timer> timer_;
};

}  // namespace gantry::kernel
