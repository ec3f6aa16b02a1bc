// Delivers the messages of one level, one burst after the other, in the order of its queue.
//
// It sleeps until the first message that waits is due, reads what is due by then, and appends that to the
// topics that it was sent to. The progress moves past what the store has acknowledged, and past nothing else.
// What the store refuses for now (a full disk, busy) is tried again after a pause, in its order; what it
// refuses for ever, and what has no place to go, is dropped and logged. What the store has written and cannot
// promise is not written again: it counts once the log shows it. A message that cannot be read holds the
// level up until it is known that others can be.
//
// Thread: the plugin's executor.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/executor.h"
#include "kernel/api/logger.h"
#include "kernel/api/message_store.h"
#include "kernel/api/topics.h"
#include "plugins/schedule/arrivals.h"
#include "plugins/schedule/delivery_burst.h"
#include "plugins/schedule/in_flight.h"
#include "plugins/schedule/level_figures.h"
#include "plugins/schedule/progress.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::schedule {

class LevelDelivery {
 public:
  struct Settings {
    std::chrono::milliseconds delay{};
    std::chrono::nanoseconds gather{};  // the least time between two bursts, unless there is a backlog
    std::size_t burst_messages = 512;
    ByteSize burst_size = ByteSize::mib(1);
  };
  // All of them outlive it; `in_flight` is shared with bursts that the store still has.
  struct Around {
    api::MessageStore& store;
    const api::Clock& clock;
    api::Executor& executor;
    api::Timers& timers;
    api::Logger& log;
    const api::Topics& topics;
    Progress& progress;
    std::shared_ptr<InFlight> in_flight;
  };
  LevelDelivery(api::QueueId queue, const Settings& settings, const Around& around, LevelFigures figures);

  // Goes on from there.
  void begin(api::QueueOffset at);
  // The queue may have grown.
  void look();
  // What the store told of a burst after the executor has ended.
  void finish();

 private:
  enum class State : std::uint8_t {
    idle,      // nothing more is in the queue
    sleeping,  // until timer_
    reading,
    storing,
    ended,  // no burst begins any more
  };
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Box;    // where the store leaves what it tells
  struct Batch;  // of what was read, what is due

  void read();
  void read_from(api::QueueOffset at, std::size_t most,
                 void (LevelDelivery::*next)(api::Result<api::ReadOutcome>&));
  void got(api::Result<api::ReadOutcome>& outcome);
  void take(api::ReadOutcome& outcome);
  Batch collect(const api::ReadOutcome& outcome, TimePoint now) const;
  void deliver(Batch batch, std::vector<remoting::Slice> pins);
  void told();
  void settle(const Told& told);
  std::size_t done_with(const Told& told, std::optional<api::Refusal>& why) const;
  void go_on();
  void sleep_until(TimePoint when);
  void wake();
  void pause(std::size_t failures);
  void store_refused(const api::Refusal& why);
  void cannot_read(const api::Refusal& why);
  void got_last(api::Result<api::ReadOutcome>& outcome);
  void drop(const std::string& why);
  void expired(api::QueueOffset next);
  void move_to(api::QueueOffset next, std::string_view why);
  void pass(api::QueueOffset next, std::optional<api::LogOffset> log_end);
  void note_missing(const api::Draft& draft);
  void show_waiting();

  const api::QueueId queue_;
  const Settings settings_;
  const Around around_;
  const LevelFigures figures_;
  const std::shared_ptr<Box> box_;

  Arrivals arrivals_;
  State state_ = State::idle;
  bool absent_ = false;  // since the start the store has not had the queue
  std::unique_ptr<api::Timer> timer_;
  api::QueueOffset next_, end_;  // to deliver; of the queue, as it was last seen
  std::size_t at_once_;          // messages of the next read
  bool backlog_ = false;         // all that was read was due
  TimePoint last_delivery_{};
  std::vector<TimePoint> due_;                        // of the messages in the burst that is being stored
  std::optional<Told> unsure_;                        // of a burst that is written and not safe
  std::optional<TimePoint> next_due_;                 // of the message behind them
  std::size_t reads_failed_ = 0, stores_failed_ = 0;  // in a row
  std::optional<TimePoint> told_missing_;
};

}  // namespace gantry::schedule
