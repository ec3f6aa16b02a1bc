#include "plugins/store-mmap/appender.h"

#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/planted.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace gantry::store {
namespace {

constexpr int kRoundsForOthers = 4;  // then a caller goes back to its own work
constexpr std::chrono::nanoseconds kStall =
    std::chrono::milliseconds(2);      // a write into memory takes microseconds
constexpr int kFastWritesToFlow = 64;  // so many in a row, and callers write again
constexpr std::size_t kSpares = 64;
constexpr std::size_t kMostKept = std::size_t{256} << 10;  // a larger burst's memory is not kept for the next

std::int64_t ms_since_1970(std::chrono::system_clock::time_point date) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count();
}

}  // namespace

// Messages from (burst, message) on have offsets and are in pieces_; those before are in the log.
struct Appender::Run {
  std::size_t first_burst = 0, first_message = 0;  // the first that is not in the log yet
  std::size_t burst = 0, message = 0;              // the first without offsets
  std::int64_t bytes = 0;                          // of those in between
};

Appender::Appender(const Parts& parts, const Settings& settings, std::function<void(WrittenBursts&)> written,
                   std::function<void(const IoError&)> trouble)
    : parts_(parts), settings_(settings), written_(std::move(written)), trouble_(std::move(trouble)) {
}

void Appender::append(std::unique_ptr<api::AppendBurst> incoming) {
  auto burst = take_spare();
  // Of the files that are there, which need not be those that are configured.
  const MessageLimits limits{.body = settings_.largest_body, .file = parts_.files.file_size()};
  burst->encode(std::move(incoming), parts_.queues, limits);
  burst->came = parts_.clock.now();
  if (!parts_.gate.open()) {
    unacknowledged_.fetch_add(burst->bytes(), std::memory_order_relaxed);  // spare() takes them off again
    return refuse(std::move(burst), parts_.gate.refusal());
  }
  bool first = false;
  if (!enqueue(burst, first)) return refuse(std::move(burst), busy({}));
  if (!first) return;
  if (settings_.always_on_lane || slow_.load(std::memory_order_relaxed)) return hand_to_lane();
  go_on(Where::caller);
}

void Appender::refuse(std::unique_ptr<EncodedBurst> burst, const api::Refusal& why) {
  burst->refuse_all(why);
  burst->tell_written({parts_.positions.written.load()});
  burst->tell_stored(why);
  spare(std::move(burst));
}

// False: too much waits already; the burst is still the caller's.
bool Appender::enqueue(std::unique_ptr<EncodedBurst>& burst, bool& first) {
  const std::size_t before = unacknowledged_.fetch_add(burst->bytes(), std::memory_order_relaxed);
  if (before > 0 && before + burst->bytes() > settings_.most_waiting) return false;
  const std::lock_guard lock(mutex_);
  waiting_bytes_ += burst->bytes();
  waiting_.push_back(std::move(burst));
  first = !std::exchange(writing_, true);
  return true;
}

void Appender::give_up_on_late() {
  const auto now = parts_.clock.now();
  WrittenBursts late;
  {
    const std::lock_guard lock(mutex_);
    const auto in_time = std::ranges::find_if(
        waiting_, [&](const auto& burst) { return now - burst->came <= settings_.busy_after; });
    for (auto burst = waiting_.begin(); burst != in_time; ++burst) {
      waiting_bytes_ -= (*burst)->bytes();
      late.push_back(std::move(*burst));
    }
    waiting_.erase(waiting_.begin(), in_time);
  }
  for (auto& burst : late) {
    const auto waited = now - burst->came;
    refuse(std::move(burst), busy(waited));
  }
}

void Appender::alone(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (std::exchange(writing_, true)) return;
  }
  hand_to_lane();
}

void Appender::hand_to_lane() {
  {
    const std::lock_guard lock(mutex_);
    with_lane_ = true;
  }
  caller_done_.notify_all();
  parts_.lanes.post(Lane::append, [this] { go_on(Where::lane); });
}

// Has the append lock, and gives it back or on.
void Appender::go_on(Where where) {
  for (int round = 0; where == Where::lane || (round < kRoundsForOthers && !slow_); ++round) {
    std::vector<std::function<void()>> jobs;
    {
      const std::lock_guard lock(mutex_);
      if (!jobs_.empty()) {
        if (where == Where::caller) break;
        jobs.swap(jobs_);
      } else if (waiting_.empty()) {
        writing_ = with_lane_ = false;
        caller_done_.notify_all();
        return;
      }
    }
    for (const auto& job : jobs) job();
    if (!one_round(where)) break;
  }
  hand_to_lane();
}

void Appender::finish() {
  std::unique_lock lock(mutex_);
  caller_done_.wait(lock, [this] { return !writing_ || with_lane_; });
  writing_ = with_lane_ = true;
  jobs_.clear();
  lock.unlock();
  go_on(Where::lane);
}

// False: what waits must be written in the lane.
bool Appender::one_round(Where where) {
  {
    const std::lock_guard lock(mutex_);
    if (where == Where::caller && needs_lane(waiting_bytes_)) return false;
    at_hand_.swap(waiting_);
    waiting_bytes_ = 0;
  }
  if (!at_hand_.empty()) write();
  return true;
}

bool Appender::needs_lane(std::size_t bytes) const {
  return !parts_.writer.clean() || !parts_.writer.at_once(bytes) ||
         !parts_.writer.fit_files_there(static_cast<std::int64_t>(bytes));
}

void Appender::write() {
  const auto begun = parts_.clock.now();
  Run run;
  const auto waited = begun - at_hand_.front()->came;
  if ((parts_.gate.open() || ready_to_write()) && waited > settings_.busy_after) {
    refuse_from(run, busy(waited));
  } else if (!parts_.gate.open() || !write_all(run)) {
    refuse_from(run, parts_.gate.refusal());
  }
  std::size_t bytes = 0;
  for (const auto& burst : at_hand_) bytes += burst->bytes();
  note_pace(parts_.clock.now() - begun, bytes);
  prepare_next_file();
  written_(at_hand_);
  at_hand_.clear();
}

// Offsets are given and records gathered until a file is full or all is gathered; then they are written.
IoResult<void> Appender::write_all(Run& run) {
  const std::int64_t now =
      std::max(ms_since_1970(parts_.clock.date()), stored_at_.load(std::memory_order_relaxed));
  stored_at_.store(now, std::memory_order_relaxed);
  pieces_.clear();
  std::int64_t at = parts_.writer.end().value;
  std::int64_t room = parts_.writer.room();
  for (; run.burst < at_hand_.size(); ++run.burst, run.message = 0) {
    EncodedBurst& burst = *at_hand_[run.burst];
    const auto messages = burst.messages();
    for (; run.message < messages.size(); ++run.message) {
      const EncodedBurst::Message& message = messages[run.message];
      if (message.record_size() > room - run.bytes) {
        if (auto written = write_run(run); !written) return written;
        if (auto rolled = parts_.writer.roll(); !rolled) {
          failed(rolled.error(), parts_.writer.clean() ? Closed::no_file : Closed::write_failed);
          return rolled;
        }
        at = parts_.writer.end().value;
        room = parts_.writer.room();
        parts_.positions.written.store(at, std::memory_order_release);
      }
      burst.stamp(message, message.queue ? message.queue->assign() : 0, at, now);
      burst.add_pieces(message, pieces_);
      at += message.record_size();
      run.bytes += message.record_size();
    }
    burst.end = {at};
  }
  return write_run(run);
}

IoResult<void> Appender::write_run(Run& run) {
  IoResult<void> written;
  if (run.bytes > 0) written = parts_.writer.write(pieces_, run.bytes);
  pieces_.clear();
  if (!written) {
    failed(written.error(), Closed::write_failed);
    return written;
  }
  for (; run.first_burst <= run.burst && run.first_burst < at_hand_.size();
       ++run.first_burst, run.first_message = 0) {
    const EncodedBurst& burst = *at_hand_[run.first_burst];
    const std::size_t end = run.first_burst == run.burst ? run.message : burst.messages().size();
    add_entries(burst, run.first_message, end);
    run.first_message = end;
    if (run.first_burst == run.burst) break;
  }
  run.bytes = 0;
  parts_.positions.written.store(parts_.writer.end().value, std::memory_order_release);
  return written;
}

// Those of one queue that follow each other, as a batch's do, go to it together.
void Appender::add_entries(const EncodedBurst& burst, std::size_t first, std::size_t end) {
  ConsumeQueue* queue = nullptr;
  std::int64_t offset = 0;
  const auto add = [&] {
    if (queue) queue->add(offset, entries_);
    entries_.clear();
  };
  for (const EncodedBurst::Message& message : burst.messages().subspan(first, end - first)) {
    if (!message.queue) continue;
    const api::Appended& outcome = burst.outcomes()[message.index];
    if (message.queue != queue) {
      add();
      queue = message.queue;
      offset = outcome.queue_offset.value;
    }
    queue->give_back();
    entries_.push_back({outcome.at, message.record_size(), message.entry_code(outcome.stored_at)});
  }
  add();
}

// Everything at hand that is not in the log; queue offsets that were given to it go to the next ones.
void Appender::refuse_from(const Run& run, const api::Refusal& why) {
  for (std::size_t i = run.first_burst; i < at_hand_.size(); ++i) {
    EncodedBurst& burst = *at_hand_[i];
    const auto messages = burst.messages();
    for (std::size_t m = i == run.first_burst ? run.first_message : 0; m < messages.size(); ++m) {
      if (!planted(Planted::failed_write_told_stored)) burst.outcomes()[messages[m].index].refused = why;
      const bool numbered = i < run.burst || (i == run.burst && m < run.message);
      if (numbered && messages[m].queue) messages[m].queue->give_back();
    }
    burst.end = parts_.writer.end();
  }
}

void Appender::failed(const IoError& error, Closed why) {
  std::string text = "the message was not stored: " + error.text;
  if (error.number == ENOSPC) text += ". Make room on that disk; the broker goes on by itself";
  if (parts_.gate.close(why, std::move(text))) trouble_(error);
}

// It was to make durable what a failed write left behind, and so it may have lost what others wrote before.
void Appender::sync_failed(const IoError& error) {
  const std::string text = after_failed_sync(error.text);
  if (parts_.gate.close(Closed::sync_failed, text)) trouble_({error.number, text});
}

// Tries to mend what closed the gate, and says whether the log takes messages.
bool Appender::ready_to_write() {
  if (parts_.gate.closed_by(Closed::write_failed)) {
    if (const auto cleaned = parts_.writer.clean_up(); cleaned)
      parts_.gate.reopen(Closed::write_failed);
    else if (parts_.writer.sync_failed())
      sync_failed(cleaned.error());
  }
  if (parts_.gate.closed_by(Closed::no_file)) {
    const auto start = parts_.writer.next_start();
    if (parts_.files.add(start)) parts_.gate.reopen(Closed::no_file);
  }
  return parts_.gate.open();
}

void Appender::try_again() {
  alone([this] { static_cast<void>(ready_to_write()); });
}

// The next file is made as soon as the log has come into one.
void Appender::prepare_next_file() {
  const auto start = parts_.writer.next_start();
  if (preparing_ == start || parts_.writer.next_is_there()) return;
  preparing_ = start;
  parts_.lanes.post(Lane::allocate, [this, start] {
    const auto made = parts_.files.add(start);
    // Or it came and went while this lane stalled, or the log was cut before it.
    const bool is_next = parts_.files.end() == start;
    if (!made && is_next) trouble_(made.error());
  });
}

void Appender::note_pace(std::chrono::nanoseconds took, std::size_t bytes) {
  // A large burst takes longer without anything being wrong: a quarter of a GiB a second is slow.
  const auto allowed = kStall + std::chrono::nanoseconds(static_cast<std::int64_t>(bytes) * 4);
  if (took > allowed) {
    fast_writes_ = 0;
    slow_.store(true, std::memory_order_relaxed);
  } else if (slow_.load(std::memory_order_relaxed) && ++fast_writes_ >= kFastWritesToFlow) {
    slow_.store(false, std::memory_order_relaxed);
  }
}

api::Refusal Appender::busy(std::chrono::nanoseconds waited) const {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
  return {remoting::ResponseCode::system_error,
          "[PC_SYNCHRONIZED]broker busy: the disk does not keep up" +
              (ms > 0 ? ", the message waited " + std::to_string(ms) + " ms to be written" : std::string()) +
              ". Send it again later"};
}

std::unique_ptr<EncodedBurst> Appender::take_spare() {
  {
    const std::lock_guard lock(spare_mutex_);
    if (!spare_.empty()) {
      auto burst = std::move(spare_.back());
      spare_.pop_back();
      return burst;
    }
  }
  return std::make_unique<EncodedBurst>();
}

void Appender::spare(std::unique_ptr<EncodedBurst> burst) {
  unacknowledged_.fetch_sub(burst->bytes(), std::memory_order_relaxed);
  if (burst->capacity() > kMostKept) return;
  const std::lock_guard lock(spare_mutex_);
  if (spare_.size() < kSpares) spare_.push_back(std::move(burst));
}

}  // namespace gantry::store
