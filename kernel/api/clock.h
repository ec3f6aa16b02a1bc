// What time it is. Handed in wherever time matters, so that a test moves it.
#pragma once

#include <chrono>

namespace gantry::api {

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  // Never goes back: for deadlines and intervals.
  virtual std::chrono::steady_clock::time_point now() const = 0;

  // The date, which an operator or NTP may set: for what is stored and shown.
  virtual std::chrono::system_clock::time_point date() const = 0;
};

}  // namespace gantry::api
