// Messages of one level on their way into the topics that they were sent to.
#pragma once

#include "kernel/api/message_store.h"

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace gantry::schedule {

// What the store said of a burst, all of it.
struct Told {
  std::vector<api::Appended> outcomes;     // one for each message, in order
  api::LogOffset end;                      // of the burst in the log
  std::optional<api::Refusal> not_kept{};  // why what was written is not safe
};

class DeliveryBurst final : public api::AppendBurst {
 public:
  // The drafts are views of what `pins` hold. `told` runs once, on any thread, and does not throw.
  DeliveryBurst(std::vector<api::Draft> drafts, std::vector<remoting::Slice> pins,
                std::function<void(Told)> told)
      : drafts_(std::move(drafts)), pins_(std::move(pins)), told_(std::move(told)) {
    outcome_.outcomes.reserve(drafts_.size());
  }

  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset end) noexcept override {
    outcome_.outcomes.assign(outcomes.begin(), outcomes.end());
    outcome_.end = end;
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    if (!outcome) outcome_.not_kept = outcome.error();
    told_(std::move(outcome_));
  }

 private:
  std::vector<api::Draft> drafts_;
  const std::vector<remoting::Slice> pins_;
  const std::function<void(Told)> told_;
  Told outcome_;
};

}  // namespace gantry::schedule
