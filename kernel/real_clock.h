// The clock that everything in a running broker is handed.
#pragma once

#include "kernel/api/clock.h"

namespace gantry::kernel {

class RealClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point date() const override { return std::chrono::system_clock::now(); }
};

}  // namespace gantry::kernel
