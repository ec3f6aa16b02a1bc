#include "plugins/schedule/arrivals.h"

#include <algorithm>

namespace gantry::schedule {
namespace {

// The two clocks are read one after the other, and the thread may rest in between.
constexpr std::chrono::milliseconds kNoLeap{20};

// A time that no clock has told counts as the latest that fits the clocks' type, in the year 2223.
constexpr std::chrono::milliseconds kLatest{8'000'000'000'000};

}  // namespace

ClockReading ClockReading::of(const api::Clock& clock) {
  // The date first: a rest in between then makes messages late, not early.
  const auto date = std::chrono::duration_cast<std::chrono::nanoseconds>(clock.date().time_since_epoch());
  const auto now = clock.now();
  return {now, date - now.time_since_epoch()};
}

void Arrivals::note(api::QueueOffset end, const ClockReading& reading) {
  const auto before = date_ahead_.value_or(reading.date_ahead);
  date_ahead_ = reading.date_ahead;
  if (end <= end_) return;
  end_ = end;
  Mark mark{.end = end, .first_seen = reading.now, .last_seen = reading.now, .date_ahead = {}};
  // Of two that differ by no leap the one that makes messages later.
  if (std::chrono::abs(reading.date_ahead - before) <= kNoLeap)
    mark.date_ahead = std::min(reading.date_ahead, before);
  if (!marks_.empty() && joins(marks_.back(), mark)) {
    Mark& last = marks_.back();
    last.end = mark.end;
    last.last_seen = mark.last_seen;
    if (mark.date_ahead) last.date_ahead = std::min(*last.date_ahead, *mark.date_ahead);
    return;
  }
  marks_.push_back(mark);
}

bool Arrivals::joins(const Mark& last, const Mark& next) const {
  if (next.last_seen - last.first_seen > together_) return false;
  if (!last.date_ahead || !next.date_ahead) return !last.date_ahead && !next.date_ahead;
  return std::chrono::abs(*last.date_ahead - *next.date_ahead) <= kNoLeap;
}

Arrivals::TimePoint Arrivals::due(api::QueueOffset at, std::int64_t stored_at,
                                  std::chrono::milliseconds delay) const {
  const auto mark = std::ranges::upper_bound(marks_, at, {}, &Mark::end);
  TimePoint came = mark->last_seen;
  if (mark->date_ahead) {
    const auto date = std::clamp(std::chrono::milliseconds(stored_at), std::chrono::milliseconds(0), kLatest);
    const TimePoint by_date(date - *mark->date_ahead);
    came = std::min(came, by_date);
  }
  return came + delay;
}

void Arrivals::forget_before(api::QueueOffset at) {
  while (!marks_.empty() && marks_.front().end <= at) marks_.pop_front();
}

void Arrivals::forget_all() {
  marks_.clear();
  end_ = {};
}

}  // namespace gantry::schedule
