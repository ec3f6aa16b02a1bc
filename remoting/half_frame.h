// A frame that has begun to arrive: what came of it, the memory that it was promised, and its time.
// Internal to remoting/session.h.
#pragma once

#include "remoting/io_thread.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace gantry::remoting {

struct HalfFrame {
  using Clock = IoThread::Clock;

  std::shared_ptr<char[]> bytes{};  // nobody else has them
  std::size_t used = 0;
  std::size_t capacity = 0;
  std::size_t size = 0;      // of the whole frame, 0 while unknown
  std::size_t promised = 0;  // by the budget: all of `size`, or 0 while it holds no more than anybody may

  Clock::time_point begun{};
  Clock::time_point heard{};                       // when the last of it came
  std::optional<Clock::time_point> deadline{};     // none while we do not read
  std::optional<Clock::time_point> waits_since{};  // for that promise

  // Nobody to ask the peer for: it waits for room for its answer, with all that came behind it.
  bool is_held_back() const { return size != 0 && used >= size; }

  // The time in which we do not read is not the peer's.
  void was_not_read(Clock::duration during, std::optional<Clock::time_point> until) {
    begun += during;
    heard += during;
    if (used != 0 && until) deadline = *until + during;
  }
};

}  // namespace gantry::remoting
