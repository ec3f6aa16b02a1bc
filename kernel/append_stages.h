// All append stages of a broker, as one: what the send handler runs a burst through before the store gets it.
#pragma once

#include "kernel/api/append_stage.h"
#include "kernel/extension_registry.h"

#include <span>
#include <vector>

namespace gantry::kernel {

class AppendStages {
 public:
  // Orders them by phase; within one they stay in the order given, which is that of installation.
  explicit AppendStages(std::span<const Installed<api::AppendStage>> installed);

  bool empty() const { return stages_.empty(); }

  // Any thread, several at once. Never throws: what a stage throws refuses the drafts that it was handed.
  void process(std::span<api::Draft> drafts) const noexcept;

 private:
  std::vector<Installed<api::AppendStage>> stages_;
};

}  // namespace gantry::kernel
