#include "plugins/schedule/delivered_before.h"

#include "kernel/api/filter_language.h"
#include "plugins/schedule/level_times.h"
#include "plugins/schedule/redelivery.h"
#include "remoting/message_properties.h"
#include "remoting/message_record_view.h"
#include "remoting/property_names.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace gantry::schedule {
namespace {

namespace property = remoting::property_name;

constexpr std::size_t kReadAtOnce = 64;
constexpr ByteSize kBytesAtOnce = ByteSize::mib(1);
constexpr std::chrono::seconds kLongEnough{60};  // for one answer of the store

// Waits for what the store tells.
template <class T, class Ask>
T answer(const Ask& ask) {
  auto told = std::make_shared<std::promise<api::Result<T>>>();
  auto outcome = told->get_future();
  ask([told](api::Result<T> what) { told->set_value(std::move(what)); });
  told.reset();
  if (outcome.wait_for(kLongEnough) != std::future_status::ready)
    throw std::runtime_error("the store has not answered within a minute");
  return outcome.get().value();
}

api::ReadOutcome read(api::MessageStore& store, std::string_view topic, api::QueueId queue,
                      api::QueueOffset from, std::size_t most) {
  return answer<api::ReadOutcome>([&](auto done) {
    store.read(
        {.topic = topic, .queue = queue, .from = from, .most_messages = most, .most_bytes = kBytesAtOnce},
        std::move(done));
  });
}

// The messages of one level that may have been delivered, one after the other.
class Candidates {
 public:
  Candidates(api::MessageStore& store, api::QueueId queue, LevelProgress from)
      : store_(store), queue_(queue), at_(from.next), delivered_(from) {}

  // The next one that can be delivered at all. nullptr: there is none.
  const remoting::MessageRecordView* front() {
    for (;;) {
      if (read_.empty() && !fill()) return nullptr;
      api::Draft draft;
      if (!redeliver(read_.front(), draft)) return &read_.front();
      take();
    }
  }
  void front_was_delivered(api::LogOffset log_end) {
    take();
    delivered_ = {at_, log_end};
  }

  api::QueueOffset at() const { return at_; }  // of the front
  const LevelProgress& delivered() const { return delivered_; }
  api::LogOffset begin;  // in the log: none of them was delivered before that

 private:
  bool fill() {
    kept_ = read(store_, kScheduleTopic, queue_, at_, kReadAtOnce);
    if (kept_.status != api::ReadStatus::found) return false;
    for (const remoting::Slice& slice : kept_.messages) {
      remoting::RecordWalker walker(slice.bytes);
      while (const auto record = walker.next()) read_.push_back(*record);
      if (walker.error()) break;
    }
    at_ = kept_.next + -static_cast<std::int64_t>(kept_.count);
    return !read_.empty();
  }
  void take() {
    read_.pop_front();
    at_ = at_ + 1;
  }

  api::MessageStore& store_;
  const api::QueueId queue_;
  api::ReadOutcome kept_;  // holds what is in read_
  std::deque<remoting::MessageRecordView> read_;
  api::QueueOffset at_;  // of the first one in read_
  LevelProgress delivered_;
};

// Keeps what a queue's entry says, and lets its message through.
class FirstCode final : public api::Filter {
 public:
  void judge_entries(std::span<const api::QueueEntry> entries,
                     std::span<api::Verdict> verdicts) const override {
    if (!code_) code_ = entries.front().tags_code;
    std::ranges::fill(verdicts, api::Verdict::yes);
  }
  void judge(std::span<const remoting::MessageRecordView>, std::span<api::Verdict> verdicts) const override {
    std::ranges::fill(verdicts, api::Verdict::yes);
  }
  // Once the read is answered.
  std::optional<std::int64_t> code() const { return code_; }

 private:
  mutable std::optional<std::int64_t> code_;
};

// When a level's message was due as the levels were when it was stored, which is in its queue's entry.
std::optional<std::int64_t> due_when_stored(api::MessageStore& store, api::QueueId queue,
                                            api::QueueOffset at) {
  const auto filter = std::make_shared<FirstCode>();
  static_cast<void>(answer<api::ReadOutcome>([&](auto done) {
    store.read({.topic = kScheduleTopic,
                .queue = queue,
                .from = at,
                .most_messages = 1,
                .most_bytes = kBytesAtOnce,
                .filter = filter.get()},
               [filter, done = std::move(done)](auto what) { done(std::move(what)); });
  }));
  return filter->code();
}

// Where the first of the candidates may have been stored when it was delivered. nullopt: it was not. A level
// may be longer now than it was then.
std::optional<api::LogOffset> first_place(api::MessageStore& store, const LevelTimes& times, std::int64_t now,
                                          const remoting::MessageRecordView& waiting, api::QueueOffset at) {
  auto due = times.due(waiting);
  if (!due) return std::nullopt;
  const auto before = due_when_stored(store, api::QueueId{waiting.queue_id()}, at);
  if (before && *before >= waiting.store_timestamp()) due = std::min(*due, *before);
  if (*due > now) return std::nullopt;
  api::Draft draft;
  if (redeliver(waiting, draft)) return std::nullopt;
  const std::string topic(draft.record.topic);
  const api::QueueId queue{draft.record.queue_id};
  const auto from =
      answer<api::QueueOffset>([&](auto done) { store.find_by_time(topic, queue, *due, std::move(done)); });
  const api::ReadOutcome found = read(store, topic, queue, from, 1);
  if (found.status != api::ReadStatus::found) return std::nullopt;
  const auto decoded = remoting::decode_record(found.messages.front().bytes);
  if (decoded.outcome != remoting::DecodedRecord::Outcome::record) return std::nullopt;
  return api::LogOffset{decoded.record.physical_offset()};
}

using ByQueue = std::map<api::QueueId, Candidates>;

// Whose messages a message in the log may have been. nullptr: it has not waited.
Candidates* origin(const remoting::MessageRecordView& record, const DelayLevels& levels,
                   ByQueue& candidates) {
  if (record.topic() == kScheduleTopic ||
      record.properties().find(property::kRealTopic) == std::string_view::npos)
    return nullptr;
  const auto text = remoting::find_property(record.properties(), property::kDelay);
  std::int32_t level = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), level);
  if (level < 1) return nullptr;
  auto found = candidates.find(queue_of(level));
  if (found == candidates.end()) found = candidates.find(queue_of(levels.clamp(level)));
  return found == candidates.end() ? nullptr : &found->second;
}

ByQueue candidates_of(api::MessageStore& store, const DelayLevels& levels, const api::Clock& clock,
                      const std::map<api::QueueId, LevelProgress>& written) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock.date().time_since_epoch());
  const LevelTimes times(levels);
  ByQueue all;
  for (const auto& [queue, progress] : written) {
    Candidates candidates(store, queue, progress);
    const auto* first = candidates.front();
    if (first == nullptr) continue;
    const auto place = first_place(store, times, now.count(), *first, candidates.at());
    if (!place) continue;
    candidates.begin = std::max(*place, progress.log_end);
    all.emplace(queue, std::move(candidates));
  }
  return all;
}

}  // namespace

std::map<api::QueueId, LevelProgress> delivered_before(api::MessageStore& store, const DelayLevels& levels,
                                                       const api::Clock& clock,
                                                       const std::map<api::QueueId, LevelProgress>& written) {
  std::map<api::QueueId, LevelProgress> found;
  ByQueue candidates = candidates_of(store, levels, clock, written);
  if (candidates.empty()) return found;
  const api::LogOffset end = store.end();
  api::LogOffset at = end;
  for (const auto& [queue, one] : candidates) at = std::min(at, one.begin);
  at = std::max({at, store.first(), end + -kMostReadBack});
  while (at < end) {
    const auto next = store.walk(at, ByteSize::mib(4), [&](std::span<const api::LogEntry> entries) {
      for (const api::LogEntry& entry : entries) {
        Candidates* one = origin(entry.record, levels, candidates);
        if (one == nullptr || entry.at < one->begin) continue;
        const auto* waiting = one->front();
        if (waiting != nullptr && is_redelivery_of(entry.record, *waiting))
          one->front_was_delivered(entry.at + entry.size);
      }
    });
    if (next.value() <= at) break;
    at = *next;
  }
  for (const auto& [queue, one] : candidates) {
    if (one.delivered() != written.at(queue)) found.emplace(queue, one.delivered());
  }
  return found;
}

}  // namespace gantry::schedule
