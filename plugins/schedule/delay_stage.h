// Sends messages that shall wait to the schedule's topic: those with a delay level, property DELAY, that are
// in no transaction or come out of one.
//
// What a message is stored with is what Apache stores: topic SCHEDULE_TOPIC_XXXX, queue level - 1, and the
// properties REAL_TOPIC and REAL_QID, which say where it goes when its time has come.
#pragma once

#include "kernel/api/append_stage.h"
#include "kernel/api/metrics.h"
#include "plugins/schedule/delay_levels.h"

#include <cstdint>
#include <span>

namespace gantry::schedule {

class DelayStage final : public api::AppendStage {
 public:
  DelayStage(DelayLevels levels, api::Counter& delayed) : levels_(std::move(levels)), delayed_(delayed) {}

  api::AppendPhase phase() const override { return api::AppendPhase::route; }
  void process(std::span<api::Draft> drafts) override;

 private:
  // Whether it waits from now on.
  bool delay(api::Draft& draft) const;
  bool redirect(api::Draft& draft, std::int32_t level) const;

  const DelayLevels levels_;
  api::Counter& delayed_;
};

}  // namespace gantry::schedule
