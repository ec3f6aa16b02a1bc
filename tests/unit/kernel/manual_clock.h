// A clock that a test moves.
#pragma once

#include "kernel/api/clock.h"

#include <chrono>

namespace gantry::kernel {

class ManualClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return now_; }
  std::chrono::system_clock::time_point date() const override {
    return std::chrono::system_clock::time_point(std::chrono::hours(480'000) + now_.time_since_epoch());
  }
  void advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

}  // namespace gantry::kernel
