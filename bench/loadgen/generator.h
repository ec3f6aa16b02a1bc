// One thread of load: a set of connections, worked off with epoll.
//
// Closed window: each connection always has `window` requests in flight; an answer brings the next one.
// That is "as fast as possible", and its latencies are those of a full pipeline.
//
// Open loop: requests have scheduled start times, evenly spaced, whatever the server does. Latency counts
// from the schedule, so a stall is felt by every request that should have started meanwhile (no
// coordinated omission). The window only bounds what is in flight; the excess waits, and the wait counts.
#pragma once

#include "bench/loadgen/connection.h"
#include "bench/loadgen/tally.h"
#include "bench/loadgen/workload.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace gantry::bench {

struct Timeline {
  TimePoint begin;
  TimePoint measure_from;   // before: warm-up, not counted
  TimePoint measure_until;  // nothing new starts from here on
  TimePoint give_up;        // what is unanswered now is lost

  bool measures(TimePoint start) const { return start >= measure_from && start < measure_until; }
};

// Start times from `first` on, every `interval`.
class Schedule {
 public:
  Schedule(TimePoint first, std::chrono::duration<double, std::nano> interval)
      : first_(first), interval_(interval) {}

  TimePoint next() const {
    // Counted from the first, so that rounding does not add up.
    return first_ +
           std::chrono::duration_cast<std::chrono::nanoseconds>(interval_ * static_cast<double>(number_));
  }
  void advance() { ++number_; }

 private:
  TimePoint first_;
  std::chrono::duration<double, std::nano> interval_;
  std::uint64_t number_ = 0;
};

class Generator final : private AnswerSink {
 public:
  // Connects at once; throws std::system_error when it cannot.
  Generator(const sockaddr_in& server, std::size_t connections, std::size_t window, const Workload& workload,
            std::uint64_t seed);

  // The thread's body, once: returns when the time is over and everything is answered or given up. A
  // `schedule` makes it an open loop. A lost connection ends it early; the tally says why.
  Tally run(const Timeline& timeline, std::optional<Schedule> schedule);

  // Any thread: run() is to return soon, whatever is in flight.
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

  // Any thread: answers received up to now.
  std::uint64_t answers() const { return answers_.load(std::memory_order_relaxed); }
  // The messages that those stand for; 0 when the workload has none.
  std::uint64_t messages() const { return messages_.load(std::memory_order_relaxed); }

 private:
  void on_answer(const Asked& asked, TimePoint received, const ReceivedFrame& answer) override;
  void on_stray(const ReceivedFrame& frame) override;

  void generate();
  void drain();
  void finish();
  void poll(std::chrono::nanoseconds longest);
  void fill(std::size_t connection);
  void submit_due(Schedule& schedule, TimePoint now);
  void submit(std::size_t connection, TimePoint start);
  std::optional<std::size_t> connection_with_room();
  void flush(std::size_t connection);
  std::chrono::nanoseconds time_to_next_event(TimePoint now) const;
  std::size_t next_frame();
  void complain(const std::string& what);
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  const Workload& workload_;
  std::unique_ptr<AnswerChecker> checker_;
  Timeline timeline_{};
  std::optional<Schedule> schedule_;
  std::vector<Connection> connections_;
  std::vector<bool> waits_for_writable_;
  std::vector<std::size_t> unflushed_;
  Socket epoll_;
  std::size_t capacity_;  // of all windows together
  std::size_t in_flight_ = 0;
  std::size_t next_connection_ = 0;
  std::uint64_t random_;
  std::size_t next_in_order_;
  bool refill_ = false;  // an answer brings the next request
  std::uint64_t successes_ = 0;
  std::atomic<std::uint64_t> answers_ = 0;
  std::atomic<std::uint64_t> messages_ = 0;
  std::atomic<bool> stopped_ = false;
  Tally tally_;
};

}  // namespace gantry::bench
