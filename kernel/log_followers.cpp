#include "kernel/log_followers.h"

#include <atomic>
#include <cstddef>
#include <utility>

namespace gantry::kernel {

LogFollowers::LogFollowers(const ExtensionRegistry& extensions, PluginHost& plugins, api::MessageStore& store,
                           std::unique_ptr<api::KeyValues> positions)
    : positions_(std::move(positions)) {
  for (const auto& listener : extensions.commit_listeners()) {
    api::PluginContext& context = plugins.context_of(*listener.by);
    followers_.push_back(
        std::make_unique<CommitFollower>(listener, FollowerSurroundings{.store = store,
                                                                        .positions = *positions_,
                                                                        .executor = context.executor(),
                                                                        .timers = context.timers(),
                                                                        .log = context.log()}));
  }
}

void LogFollowers::start() {
  for (const auto& follower : followers_) follower->start();
}

void LogFollowers::finish(const std::function<void()>& done) {
  if (followers_.empty()) return done();
  auto left = std::make_shared<std::atomic<std::size_t>>(followers_.size());
  for (const auto& follower : followers_) {
    follower->finish(api::Completion<void>([left, done](const api::Result<void>&) {
      if (left->fetch_sub(1) == 1) done();
    }));
  }
}

}  // namespace gantry::kernel
