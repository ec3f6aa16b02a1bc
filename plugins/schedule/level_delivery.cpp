#include "plugins/schedule/level_delivery.h"

#include "plugins/schedule/delay_levels.h"
#include "plugins/schedule/redelivery.h"
#include "remoting/message_record_view.h"

#include <algorithm>
#include <utility>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFirstRead = 16;  // then as many as were due, and more
constexpr std::chrono::nanoseconds kShortestPause = 100ms;
constexpr std::chrono::nanoseconds kLongestPause = 5s;
constexpr std::size_t kReadsBeforeDoubt = 8;  // in some 15 seconds
constexpr std::chrono::minutes kTellMissingAgain{1};

// Where the date leaps, a message may be late by so much of its delay.
constexpr int kLateByPart = 1024;
constexpr std::chrono::nanoseconds kLateByLeast = 100ms;

}  // namespace

struct LevelDelivery::Box {
  void put(Told told) {
    const std::lock_guard lock(mutex);
    content = std::move(told);
  }
  std::optional<Told> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(content, std::nullopt);
  }

  std::mutex mutex;
  std::optional<Told> content;  // guarded by mutex
};

struct LevelDelivery::Batch {
  std::vector<api::Draft> drafts;
  std::vector<TimePoint> due;
  std::optional<TimePoint> next_due;                     // of the message behind them
  std::optional<std::string> undeliverable, unreadable;  // what is wrong with it
};

LevelDelivery::LevelDelivery(api::QueueId queue, const Settings& settings, const Around& around,
                             LevelFigures figures)
    : queue_(queue),
      settings_(settings),
      around_(around),
      figures_(figures),
      box_(std::make_shared<Box>()),
      arrivals_(std::max(kLateByLeast, std::chrono::nanoseconds(settings.delay) / kLateByPart)),
      at_once_(std::min(kFirstRead, settings.burst_messages)) {
}

void LevelDelivery::begin(api::QueueOffset at) {
  next_ = at;
  const auto range = around_.store.range(kScheduleTopic, queue_);
  // Perhaps its store's disk is not mounted: what was delivered stays so until the queue is there again, or
  // another one.
  absent_ = !range;
  if (range && next_ < range->first) expired(range->first);
  if (range && next_ > range->end) move_to(range->end, "its queue ends before it");
  look();
}

void LevelDelivery::look() {
  const auto range = around_.store.range(kScheduleTopic, queue_);
  // After the queue's end: a message must not have come after the time at which it is said to be seen.
  const ClockReading reading = ClockReading::of(around_.clock);
  if (range && std::exchange(absent_, false) && next_ != range->first)
    move_to(range->first, "its queue is a new one");
  const api::QueueOffset end = range ? range->end : api::QueueOffset{};
  if (end < end_) arrivals_.forget_all();
  end_ = end;
  arrivals_.note(end_, reading);
  show_waiting();
  if (state_ == State::idle && next_ != end_ && !absent_) read();
}

void LevelDelivery::read() {
  timer_.reset();
  read_from(next_, at_once_, &LevelDelivery::got);
}

void LevelDelivery::read_from(api::QueueOffset at, std::size_t most,
                              void (LevelDelivery::*next)(api::Result<api::ReadOutcome>&)) {
  state_ = State::reading;
  const api::ReadRequest request{.topic = kScheduleTopic,
                                 .queue = queue_,
                                 .from = at,
                                 .most_messages = most,
                                 .most_bytes = settings_.burst_size};
  around_.store.read(request, [this, next, &executor = around_.executor](api::Result<api::ReadOutcome> told) {
    auto kept = std::make_shared<api::Result<api::ReadOutcome>>(std::move(told));
    executor.post([this, next, kept] { (this->*next)(*kept); });
  });
}

void LevelDelivery::got(api::Result<api::ReadOutcome>& outcome) {
  if (!outcome) return cannot_read(outcome.error());
  if (outcome->status == api::ReadStatus::found) return take(*outcome);
  if (outcome->status == api::ReadStatus::too_small || outcome->status == api::ReadStatus::being_removed) {
    expired(std::max(outcome->next, next_ + 1));
  } else if (next_ > outcome->end) {
    move_to(outcome->end, "its queue was removed or cut");
  } else if (next_ < outcome->end) {
    return cannot_read({.text = "the queue does not show it"});
  }
  end_ = outcome->end;
  next_due_.reset();
  go_on();
}

void LevelDelivery::take(api::ReadOutcome& outcome) {
  const ClockReading reading = ClockReading::of(around_.clock);
  end_ = outcome.end;
  arrivals_.note(end_, reading);
  const api::QueueOffset first = outcome.next + -static_cast<std::int64_t>(outcome.count);
  if (first > next_) expired(first);
  Batch batch = collect(outcome, reading.now);
  reads_failed_ = 0;
  backlog_ = batch.drafts.size() == outcome.count;
  at_once_ = backlog_ ? std::min(at_once_ * 4, settings_.burst_messages)
                      : std::min(std::max(batch.drafts.size() * 2, kFirstRead), settings_.burst_messages);
  next_due_ = batch.next_due;
  if (!batch.drafts.empty()) return deliver(std::move(batch), std::move(outcome.messages));
  if (batch.undeliverable || batch.unreadable) {
    (batch.undeliverable ? figures_.undeliverable : figures_.unreadable)->add();
    drop(batch.undeliverable ? *batch.undeliverable : *batch.unreadable);
  }
  go_on();
}

// Up to the first that is not due, or that has to be dropped: that is done when it is the first.
LevelDelivery::Batch LevelDelivery::collect(const api::ReadOutcome& outcome, TimePoint now) const {
  Batch batch;
  batch.drafts.reserve(outcome.count);
  batch.due.reserve(outcome.count);
  api::QueueOffset at = next_;
  for (const remoting::Slice& slice : outcome.messages) {
    remoting::RecordWalker walker(slice.bytes, remoting::BodyCrc::checked);
    while (const auto record = walker.next()) {
      const TimePoint due = arrivals_.due(at, record->store_timestamp(), settings_.delay);
      if (due > now) {
        batch.next_due = due;
        return batch;
      }
      batch.undeliverable = redeliver(*record, batch.drafts.emplace_back());
      if (batch.undeliverable) {
        batch.drafts.pop_back();
        return batch;
      }
      batch.due.push_back(due);
      at = at + 1;
    }
    if (walker.error()) {
      batch.unreadable = walker.error()->str();
      return batch;
    }
  }
  return batch;
}

void LevelDelivery::deliver(Batch batch, std::vector<remoting::Slice> pins) {
  if (!around_.in_flight->begin()) {
    state_ = State::ended;
    return;
  }
  state_ = State::storing;
  due_ = std::move(batch.due);
  last_delivery_ = around_.clock.now();
  for (const api::Draft& draft : batch.drafts) note_missing(draft);
  auto told = [this, box = box_, in_flight = around_.in_flight, &executor = around_.executor](Told what) {
    box->put(std::move(what));
    executor.post([this] { this->told(); });
    in_flight->end();
  };
  around_.store.append(
      std::make_unique<DeliveryBurst>(std::move(batch.drafts), std::move(pins), std::move(told)));
}

void LevelDelivery::told() {
  auto told = box_->take();
  if (!told) return;
  const auto refused = [](const api::Appended& outcome) { return outcome.refused.has_value(); };
  if (told->not_kept && !std::ranges::all_of(told->outcomes, refused)) {
    unsure_ = std::move(told);
    return store_refused(*unsure_->not_kept);
  }
  settle(*told);
}

void LevelDelivery::settle(const Told& told) {
  std::optional<api::Refusal> why;
  const std::size_t done = done_with(told, why);
  if (done > 0) pass(next_ + static_cast<std::int64_t>(done), told.end);
  if (why) return store_refused(*why);
  if (std::exchange(stores_failed_, 0) > 0)
    around_.log.info("delayed messages are delivered again", {{"level", level_of(queue_)}});
  go_on();
}

// How many of the burst's messages are done with. `why`: the next one was refused for now, and with it all
// behind it, so that they stay in order.
std::size_t LevelDelivery::done_with(const Told& told, std::optional<api::Refusal>& why) const {
  const TimePoint now = around_.clock.now();
  std::size_t done = 0;
  for (; done < told.outcomes.size(); ++done) {
    const auto& refused = told.outcomes[done].refused;
    if (refused && refused->code != remoting::ResponseCode::message_illegal) {
      why = refused;
      break;
    }
    if (refused) {
      figures_.undeliverable->add();
      around_.log.error("delayed message was dropped: the store never takes it",
                        {{"level", level_of(queue_)},
                         {"message", next_.value + static_cast<std::int64_t>(done)},
                         {"because", refused->text}});
      continue;
    }
    figures_.delivered->add();
    figures_.late_seconds->observe(std::chrono::duration<double>(now - due_[done]).count());
  }
  return done;
}

void LevelDelivery::finish() {
  timer_.reset();
  const auto told = box_->take();
  if (!told || told->not_kept) return;
  std::optional<api::Refusal> why;
  const std::size_t done = done_with(*told, why);
  if (done > 0) pass(next_ + static_cast<std::int64_t>(done), told->end);
}

// What comes after a step: the next burst, or sleep until it is due.
void LevelDelivery::go_on() {
  state_ = State::idle;
  if (next_ == end_) return;
  const TimePoint now = around_.clock.now();
  TimePoint when = next_due_.value_or(now);
  if (!backlog_) when = std::max(when, last_delivery_ + settings_.gather);
  if (when > now) return sleep_until(when);
  read();
}

void LevelDelivery::sleep_until(TimePoint when) {
  state_ = State::sleeping;
  timer_ = around_.timers.after(when - around_.clock.now(), [this] { wake(); });
}

void LevelDelivery::wake() {
  if (!unsure_) return read();
  // The store shows nothing that is not as safe as it promises.
  if (around_.store.end() < unsure_->end) return pause(++stores_failed_);
  const Told told = *std::exchange(unsure_, std::nullopt);
  settle(told);
}

void LevelDelivery::pause(std::size_t failures) {
  next_due_.reset();
  const std::size_t doubled = std::min<std::size_t>(failures - 1, 10);
  sleep_until(around_.clock.now() + std::min(kShortestPause * (std::int64_t{1} << doubled), kLongestPause));
}

void LevelDelivery::store_refused(const api::Refusal& why) {
  figures_.refused->add();
  if (stores_failed_++ == 0)
    around_.log.warn("delayed messages wait: the store does not take them",
                     {{"level", level_of(queue_)}, {"because", why.text}});
  pause(stores_failed_);
}

void LevelDelivery::cannot_read(const api::Refusal& why) {
  if (reads_failed_++ == 0)
    around_.log.error("delayed message cannot be read; it is tried again",
                      {{"level", level_of(queue_)}, {"message", next_.value}, {"because", why.text}});
  // When the queue's last message can be read, it is this one that is broken, and not the disk.
  if (reads_failed_ > kReadsBeforeDoubt && next_ + 1 < end_)
    return read_from(end_ + -1, 1, &LevelDelivery::got_last);
  pause(reads_failed_);
}

void LevelDelivery::got_last(api::Result<api::ReadOutcome>& outcome) {
  if (!outcome || outcome->status != api::ReadStatus::found) return pause(reads_failed_);
  reads_failed_ = 0;
  figures_.unreadable->add();
  drop("it cannot be read, and later ones can");
  go_on();
}

void LevelDelivery::drop(const std::string& why) {
  around_.log.error("delayed message was dropped: it cannot be delivered",
                    {{"level", level_of(queue_)}, {"message", next_.value}, {"because", why}});
  next_due_.reset();
  pass(next_ + 1, std::nullopt);
}

void LevelDelivery::expired(api::QueueOffset next) {
  figures_.expired->add(static_cast<std::uint64_t>(next - next_));
  around_.log.error("delayed messages are lost: the store has removed them before they were delivered",
                    {{"level", level_of(queue_)},
                     {"messages", next - next_},
                     {"remedy", "let the store keep messages longer than the longest delay"}});
  pass(next, std::nullopt);
}

void LevelDelivery::move_to(api::QueueOffset next, std::string_view why) {
  around_.log.warn(
      "delivery of delayed messages goes on elsewhere",
      {{"level", level_of(queue_)}, {"from", next_.value}, {"at", next.value}, {"because", why}});
  next_ = next;
  arrivals_.forget_all();
  around_.progress.move_to(queue_, next);
}

void LevelDelivery::pass(api::QueueOffset next, std::optional<api::LogOffset> log_end) {
  next_ = next;
  arrivals_.forget_before(next);
  around_.progress.advance(queue_, next, log_end);
  show_waiting();
}

// It is stored all the same, as Apache does: whoever makes the topic anew finds it there.
void LevelDelivery::note_missing(const api::Draft& draft) {
  if (around_.topics.find(draft.record.topic)) return;
  figures_.to_missing_topic->add();
  const TimePoint now = around_.clock.now();
  if (told_missing_ && now - *told_missing_ < kTellMissingAgain) return;
  told_missing_ = now;
  around_.log.warn("delayed message goes to a topic that does not exist any more",
                   {{"level", level_of(queue_)}, {"topic", draft.record.topic}});
}

void LevelDelivery::show_waiting() {
  figures_.waiting->set(std::max<std::int64_t>(end_ - next_, 0));
}

}  // namespace gantry::schedule
