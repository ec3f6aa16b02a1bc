// All commit listeners of a broker on their way along the log, each on its plugin's executor.
#pragma once

#include "kernel/commit_follower.h"
#include "kernel/plugin_host.h"

#include <functional>
#include <memory>
#include <vector>

namespace gantry::kernel {

// Thread: the one that starts and stops the broker. The plugins have been stopped before the destructor.
class LogFollowers {
 public:
  // One for each listener that `extensions` has. `positions` keeps how far each has come.
  LogFollowers(const ExtensionRegistry& extensions, PluginHost& plugins, api::MessageStore& store,
               std::unique_ptr<api::KeyValues> positions);

  // Throws std::runtime_error as CommitFollower::start() does.
  void start();

  // Hands over what is left in the log and keeps the positions; `done` once all of that is on disk, or
  // refused.
  void finish(const std::function<void()>& done);

 private:
  const std::unique_ptr<api::KeyValues> positions_;
  std::vector<std::unique_ptr<CommitFollower>> followers_;
};

}  // namespace gantry::kernel
