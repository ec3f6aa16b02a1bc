// Jobs one after the other, on threads that others use too. Internal to kernel/background.h.
#pragma once

#include "kernel/api/executor.h"
#include "kernel/plugin_boundary.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace gantry::kernel {

// Thread: any. What it handed to `run_soon` holds on to it.
class SerialJobs final : public api::Executor, public std::enable_shared_from_this<SerialJobs> {
 public:
  // Runs a function soon, on any thread.
  using RunSoon = std::function<void(std::function<void()>)>;

  SerialJobs(PluginBoundary& plugin, RunSoon run_soon) : plugin_(plugin), run_soon_(std::move(run_soon)) {}

  void post(std::function<void()> job) override;
  void close();

 private:
  void run_some();

  PluginBoundary& plugin_;
  const RunSoon run_soon_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_, as the rest
  bool scheduled_ = false;                     // run_some() has been handed to run_soon_, or runs
  bool running_ = false;                       // a job runs
  bool closed_ = false;
};

}  // namespace gantry::kernel
