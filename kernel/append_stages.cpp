#include "kernel/append_stages.h"

#include <algorithm>
#include <iterator>

namespace gantry::kernel {

namespace {

void run(const Installed<api::AppendStage>& stage, std::span<api::Draft> drafts) noexcept {
  const auto why = stage.by->guard("append stage", [&] { stage.point->process(drafts); });
  if (!why) return;
  for (api::Draft& draft : drafts) {
    draft.refuse({.code = remoting::ResponseCode::system_error,
                  .text = "plugin " + stage.by->plugin() + " failed on this message: " + *why});
  }
}

}  // namespace

AppendStages::AppendStages(std::span<const Installed<api::AppendStage>> installed) {
  using enum api::AppendPhase;
  for (const auto phase : {admit, transform, route}) {
    std::ranges::copy_if(installed, std::back_inserter(stages_),
                         [phase](const auto& stage) { return stage.point->phase() == phase; });
  }
}

void AppendStages::process(std::span<api::Draft> drafts) const noexcept {
  const auto refused = [](const api::Draft& draft) { return draft.refused().has_value(); };
  for (const auto& stage : stages_) {
    // Runs of drafts that nobody has refused: nearly always the whole burst.
    for (auto at = drafts.begin(); at != drafts.end();) {
      const auto from = std::find_if_not(at, drafts.end(), refused);
      at = std::find_if(from, drafts.end(), refused);
      if (from != at) run(stage, {from, at});
    }
  }
}

}  // namespace gantry::kernel
