#include "kernel/sends.h"

#include <utility>

namespace gantry::kernel {
namespace {

// A message that the broker itself sends.
class OwnMessage final : public api::AppendBurst {
 public:
  OwnMessage(api::Draft draft, DurabilityGates* gates, api::Completion<api::Appended> done)
      : draft_(std::move(draft)),
        gates_(gates),
        done_(std::make_shared<api::Completion<api::Appended>>(std::move(done))) {}

  std::span<api::Draft> drafts() override { return {&draft_, 1}; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset end) noexcept override {
    outcome_ = outcomes.front();
    end_ = end;
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    if (outcome_.refused) return done_->fail(*outcome_.refused);
    if (!outcome) return done_->fail(outcome.error());
    if (gates_ == nullptr) return done_->succeed(outcome_);
    gates_->hold(end_, [done = done_, stored = outcome_](const api::Result<void>& safe) {
      if (safe)
        done->succeed(stored);
      else
        done->fail(safe.error());
    });
  }

 private:
  api::Draft draft_;
  DurabilityGates* const gates_;
  const std::shared_ptr<api::Completion<api::Appended>> done_;
  api::Appended outcome_;
  api::LogOffset end_;
};

}  // namespace

void Sends::begin() {
  stages_.emplace(parts_.extensions.append_stages());
  if (const auto gates = parts_.extensions.durability_gates(); !gates.empty())
    gates_.emplace(gates, gate_patience_, parts_.clock, parts_.timers);
}

void Sends::append(std::unique_ptr<SendBurst> burst) {
  if (!stages_->empty()) stages_->process(burst->drafts());
  burst->settle_requests();
  if (gates_) burst->ask_gates(&*gates_);
  parts_.extensions.store()->append(std::move(burst));
}

void Sends::append(api::Draft draft, api::Completion<api::Appended> done) {
  if (!stages_->empty()) stages_->process({&draft, 1});
  if (draft.refused()) return done.fail(*draft.refused());
  parts_.extensions.store()->append(
      std::make_unique<OwnMessage>(std::move(draft), gates_ ? &*gates_ : nullptr, std::move(done)));
}

}  // namespace gantry::kernel
