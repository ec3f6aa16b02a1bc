// Carries one commit listener along the log: reads behind the store, hands over, and keeps the position.
#pragma once

#include "kernel/api/commit_listener.h"
#include "kernel/api/completion.h"
#include "kernel/api/executor.h"
#include "kernel/api/key_values.h"
#include "kernel/api/logger.h"
#include "kernel/api/message_store.h"
#include "kernel/extension_registry.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace gantry::kernel {

// What a follower needs of the broker; all of it outlives the follower.
struct FollowerSurroundings {
  api::MessageStore& store;
  api::KeyValues& positions;  // the kernel's, not the plugin's
  api::Executor& executor;    // the plugin's
  api::Timers& timers;        // on that executor
  api::Logger& log;           // the plugin's
};

// Thread: the one that starts and stops the broker. The executor has ended before the destructor.
class CommitFollower {
 public:
  CommitFollower(Installed<api::CommitListener> listener, const FollowerSurroundings& around);
  CommitFollower(const CommitFollower&) = delete;
  CommitFollower& operator=(const CommitFollower&) = delete;

  // From the kept position on, or from where the listener wants to begin. Throws std::runtime_error with a
  // sentence about a kept position that cannot be read.
  void start();

  // Hands over what is left in the log, as long as the listener takes it, and keeps the position; `done` once
  // it is on disk.
  void finish(api::Completion<void> done);

 private:
  std::string key() const;
  api::LogOffset kept_position() const;
  void wake();
  void step();
  bool hand_over();
  void pause_after_failure();
  void keep_position(std::optional<api::Completion<void>> done);

  PluginBoundary& by_;
  api::CommitListener& listener_;
  const FollowerSurroundings around_;

  std::atomic<bool> woken_{false};  // a step is on its way

  // From here on: the executor's jobs only, once started.
  api::LogOffset position_;
  api::LogOffset kept_;
  std::chrono::milliseconds pause_{0};  // after the next failure
  bool paused_ = false;

  std::unique_ptr<api::Timer> keep_timer_;
  std::unique_ptr<api::Timer> pause_timer_;
  std::shared_ptr<void> watch_;  // last: ends first
};

}  // namespace gantry::kernel
