// All durability gates of a broker, as one: a burst's acknowledgement waits until every one has agreed.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/durability_gate.h"
#include "kernel/api/executor.h"
#include "kernel/plugin_fault.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gantry::kernel {

// On destruction all that still waits is refused; the executor of `timers` has ended by then. Gates, clock
// and watches outlive it.
class DurabilityGates {
 public:
  struct Entry {
    std::string plugin;
    api::DurabilityGate* gate;
    api::CompletionWatch* watch;
  };
  using Done = std::function<void(api::Result<void>)>;

  // A gate that has not answered after `patience` has refused; its answer after that is late, and counts for
  // nothing.
  DurabilityGates(std::vector<Entry> gates, std::chrono::milliseconds patience, const api::Clock& clock,
                  api::Timers& timers, FaultSink on_fault);
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

  const std::vector<Entry> gates_;
  const std::chrono::milliseconds patience_;
  const api::Clock& clock_;
  const FaultSink on_fault_;

  std::mutex mutex_;
  std::deque<Deadline>
      deadlines_;  // guarded by mutex_; patience is the same for all, so the first is due first
  std::unique_ptr<api::Timer> timer_;
};

}  // namespace gantry::kernel
