// Hears that something was appended, often and from any thread, and has a job run for it on the executor:
// one, however often it rings until that is answered.
#pragma once

#include "kernel/api/executor.h"

#include <atomic>
#include <functional>
#include <utility>

namespace gantry::schedule {

class Bell {
 public:
  // The executor outlives it. `job` answers, and then looks.
  Bell(api::Executor& executor, std::function<void()> job) : executor_(executor), job_(std::move(job)) {}

  // Any thread. What happened before is seen by the job.
  void ring() {
    if (!rung_.exchange(true, std::memory_order_acq_rel)) executor_.post(job_);
  }
  // From now on the next ring counts.
  void answer() { rung_.exchange(false, std::memory_order_acq_rel); }

 private:
  api::Executor& executor_;
  const std::function<void()> job_;
  std::atomic<bool> rung_{false};
};

}  // namespace gantry::schedule
