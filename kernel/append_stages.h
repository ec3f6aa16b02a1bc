// All append stages of a broker, as one: what the send handler runs a burst through before the store gets it.
#pragma once

#include "kernel/api/append_stage.h"
#include "kernel/plugin_fault.h"

#include <span>
#include <string>
#include <vector>

namespace gantry::kernel {

class AppendStages {
 public:
  struct Entry {
    std::string plugin;
    api::AppendStage* stage;
  };

  // Orders them by phase; within one they stay in the order given, which is that of installation.
  AppendStages(std::vector<Entry> stages, FaultSink on_fault);

  bool empty() const { return stages_.empty(); }

  // Any thread, several at once. Never throws: what a stage throws refuses the drafts that it was handed.
  void process(std::span<api::Draft> drafts) const noexcept;

 private:
  void run(const Entry& entry, std::span<api::Draft> drafts) const noexcept;

  std::vector<Entry> stages_;
  FaultSink on_fault_;
};

}  // namespace gantry::kernel
