// Where plugins' jobs run: threads that all plugins share, on which each plugin has one executor and timers.
//
//   BackgroundThreads threads(4, clock);
//   auto jobs = threads.for_plugin(boundary);
//   ... jobs->executor(), jobs->timers() ...
//   jobs->close();                             // from here on no job of this plugin runs
//
// Tests put a Background of their own in its place, which runs jobs on the test's thread and has its own
// time.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"
#include "kernel/plugin_boundary.h"

#include <cstddef>
#include <memory>

namespace gantry::kernel {

// The jobs of one plugin.
class PluginJobs {
 public:
  virtual ~PluginJobs() = default;
  virtual api::Executor& executor() = 0;
  virtual api::Timers& timers() = 0;

  // Waits for the job that runs, drops those that wait, and takes no more. Not from one of its jobs.
  virtual void close() = 0;
};

class Background {
 public:
  virtual ~Background() = default;

  // `plugin` outlives what is returned; it hears of what jobs throw.
  virtual std::unique_ptr<PluginJobs> for_plugin(PluginBoundary& plugin) = 0;
};

// Thread: any. It outlives all jobs that it gave.
class BackgroundThreads final : public Background {
 public:
  BackgroundThreads(std::size_t threads, const api::Clock& clock);
  ~BackgroundThreads() override;

  std::unique_ptr<PluginJobs> for_plugin(PluginBoundary& plugin) override;

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace gantry::kernel
