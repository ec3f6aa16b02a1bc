// When the messages of one queue came, on the clock that never leaps; and so when their time has come,
// whatever was done to the date meanwhile.
//
//   arrivals.note(end, reading);                    // whenever the queue may have grown
//   arrivals.due(offset, stored_at, delay)          // on the steady clock
//   arrivals.forget_before(offset);
//
// A message carries the date of its storing, and nothing else says when that was. The date is an operator's
// and NTP's to set, so it is turned into the steady clock's time once, as long as both are known to go
// together: when the message is first seen. From then on the date may leap as it likes. Where it leapt while
// a message came, or the store's times are ahead of it, the message counts from when it was seen. So nothing
// is early, and what is late is so by the time between two looks; only what was stored by an earlier run of
// the broker depends on the date at the start.
//
// Thread: one.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/positions.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace gantry::schedule {

// Both clocks at one moment.
struct ClockReading {
  std::chrono::steady_clock::time_point now;
  std::chrono::nanoseconds date_ahead;  // of the steady clock: only a leap changes it

  static ClockReading of(const api::Clock& clock);
};

class Arrivals {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Messages that came within `together` of each other may count as having come with the last of them, where
  // the date is of no help.
  explicit Arrivals(std::chrono::nanoseconds together) : together_(together) {}

  // The queue ends there. The clocks are read after it was looked how far it goes.
  void note(api::QueueOffset end, const ClockReading& reading);

  // `at` lies before the end that was noted last.
  TimePoint due(api::QueueOffset at, std::int64_t stored_at, std::chrono::milliseconds delay) const;

  void forget_before(api::QueueOffset at);
  // The queue is another one.
  void forget_all();

  std::size_t remembered() const { return marks_.size(); }

 private:
  // Messages before `end`, and not before the last mark's.
  struct Mark {
    api::QueueOffset end;
    TimePoint first_seen, last_seen;
    std::optional<std::chrono::nanoseconds> date_ahead;  // nullopt: it leapt while they came
  };

  bool joins(const Mark& last, const Mark& next) const;

  const std::chrono::nanoseconds together_;
  std::deque<Mark> marks_;
  std::optional<std::chrono::nanoseconds> date_ahead_;  // at the last look
  api::QueueOffset end_;
};

}  // namespace gantry::schedule
