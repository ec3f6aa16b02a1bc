// A life of a store in which one call to the disk fails, wherever that may be.
#include "tests/unit/store-mmap/store_simulation.h"

#include <chrono>

namespace gantry::store {

using namespace std::chrono_literals;

bool StoreSimulation::run_with(const FailingCall& call) {
  start();
  for (int i = 0; i < 4; ++i) append(true);
  static_cast<void>(lanes_->run_for(3s));
  tell("call " + std::to_string(call.nth) + " fails");
  disk_.fail({.at = call.nth, .number = call.number, .from_then_on = call.from_then_on});
  failing_ = disturbed_ = forced_ = true;
  spend_life(call.doing);
  const bool fired = disk_.fault_fired();
  if (!overheard_.empty()) throw Violation(overheard_);
  if (store_) {
    make_well();
    look_at_everything();
  }
  takes_messages_again();
  look_at_everything();
  return fired;
}

void StoreSimulation::spend_life(FailingCall::While doing) {
  switch (doing) {
    case FailingCall::While::appending:
      for (int i = 0; i < 6; ++i) append(true);
      static_cast<void>(lanes_->run_for(1s));
      return;
    case FailingCall::While::rolling: {
      const auto file_size = static_cast<std::int64_t>(config_.commit_log_file_size.bytes());
      const std::int64_t until = store_->positions().written.load() + file_size;
      for (int i = 0; i < 40 && store_->positions().written.load() < until; ++i) append(true);
      static_cast<void>(lanes_->run_for(1s));
      return;
    }
    case FailingCall::While::flushing:
      append(false);
      static_cast<void>(lanes_->run_for(12s));
      return;
    case FailingCall::While::recovering:
      end(Crash::kill);
      if (!try_to_start()) start();
      return;
    case FailingCall::While::expiring:
      clock_.advance(2h);
      static_cast<void>(lanes_->run_for(25s));
      notice_retention();
      return;
    case FailingCall::While::stopping:
      stop_cleanly();
      start();
      return;
  }
}

}  // namespace gantry::store
