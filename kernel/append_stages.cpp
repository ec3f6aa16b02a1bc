#include "kernel/append_stages.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gantry::kernel {

AppendStages::AppendStages(std::vector<Entry> stages, FaultSink on_fault) : on_fault_(std::move(on_fault)) {
  using enum api::AppendPhase;
  for (const auto phase : {admit, transform, route}) {
    std::ranges::copy_if(stages, std::back_inserter(stages_),
                         [phase](const Entry& entry) { return entry.stage->phase() == phase; });
  }
}

void AppendStages::process(std::span<api::Draft> drafts) const noexcept {
  const auto refused = [](const api::Draft& draft) { return draft.refused().has_value(); };
  for (const Entry& entry : stages_) {
    // Runs of drafts that nobody has refused: nearly always the whole burst.
    for (auto at = drafts.begin(); at != drafts.end();) {
      const auto from = std::find_if_not(at, drafts.end(), refused);
      at = std::find_if(from, drafts.end(), refused);
      if (from != at) run(entry, {from, at});
    }
  }
}

void AppendStages::run(const Entry& entry, std::span<api::Draft> drafts) const noexcept {
  try {
    entry.stage->process(drafts);
  } catch (...) {
    const std::string why = what_was_thrown();
    for (api::Draft& draft : drafts) {
      draft.refuse({.code = remoting::ResponseCode::system_error,
                    .text = "plugin " + entry.plugin + " failed on this message: " + why});
    }
    on_fault_(entry.plugin, "append stage", why);
  }
}

}  // namespace gantry::kernel
