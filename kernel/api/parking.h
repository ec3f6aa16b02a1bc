// Extension point: park a request until messages come or its time is up, and wake it. Costs no thread.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace gantry::api {

enum class Woken : std::uint8_t {
  messages,  // the queue has grown past the offset
  time_up,
  stopping,  // the broker drains
};

// Thread: any.
class Parking {
 public:
  virtual ~Parking() = default;

  // `wake` runs once, on the I/O thread `io_thread` (remoting::Connection::io_thread).
  // Refused when too much is parked already.
  virtual Result<void> park(std::string_view topic, QueueId queue, QueueOffset wants,
                            std::chrono::steady_clock::time_point until, std::size_t io_thread,
                            std::function<void(Woken)> wake) = 0;

  // Wakes what is parked on that queue, as if it had grown.
  virtual void wake(std::string_view topic, QueueId queue) = 0;
};

}  // namespace gantry::api
