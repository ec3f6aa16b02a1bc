// What the simulation looks at after each start and now and then: all that a store can be asked.
#include "remoting/message_record_view.h"
#include "tests/unit/store-mmap/store_simulation.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongEnough = 10min;  // one sync of a slow disk takes up to 5 s

}  // namespace

template <class T, class Ask>
T StoreSimulation::wait_for(const Ask& ask) {
  std::optional<T> told;
  ask([&](T outcome) { told = std::move(outcome); });
  static_cast<void>(lanes_->run_until([&] { return told.has_value(); }, kLongEnough));
  if (!told) throw Violation("a question was never answered");
  return std::move(*told);
}

void StoreSimulation::let_all_run() {
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes_->let_go(static_cast<Lane>(lane));
  if (!lanes_->run_until_idle()) throw Violation("it never comes to rest");
}

void StoreSimulation::read_somewhere() {
  if (!well()) return;
  lanes_->let_go(Lane::read);  // a read that waits for a stalled disk would never be answered
  SeenQueue seen;
  const QueueName queue{random_.pick(kTopics), static_cast<std::int32_t>(random_.below(2))};
  if (store_->range(queue.topic, api::QueueId{queue.id})) read_queue(queue, seen, false);
}

void StoreSimulation::read_queue(const QueueName& name, SeenQueue& into, bool strict) {
  const auto range = store_->range(name.topic, api::QueueId{name.id});
  // Not when files have expired meanwhile, which the queues learn a little later.
  const auto exact = [&] { return strict && store_->first().value <= log_first_; };
  into.first = range->first.value;
  api::QueueOffset at = range->first;
  // Retention has taken what the queue still showed, and what was read from it so far.
  const auto go_on_at = [&](std::int64_t next) {
    into.messages.clear();
    at.value = into.first = next;
  };
  while (at < range->end) {
    const auto outcome = wait_for<api::Result<api::ReadOutcome>>([&](auto done) {
      store_->read({.topic = name.topic, .queue = api::QueueId{name.id}, .from = at, .filter = nullptr},
                   done);
    });
    if (!outcome) throw Violation("cannot read " + text(name) + ": " + outcome.error().text);
    const bool taken =
        outcome->status == api::ReadStatus::being_removed || outcome->status == api::ReadStatus::too_small;
    if (!exact() && taken && outcome->next > at) {
      go_on_at(outcome->next.value);
      continue;
    }
    if (outcome->status != api::ReadStatus::found || outcome->next <= at)
      throw Violation("I3: " + text(name) + " shows nothing at " + std::to_string(at.value) + " of " +
                      std::to_string(range->first.value) + ".." + std::to_string(range->end.value));
    bool first_of_read = true;
    for (const auto& slice : outcome->messages) {
      remoting::RecordWalker walker(slice.bytes);
      while (const auto record = walker.next()) {
        if (!exact() && first_of_read && record->queue_offset() > at.value) go_on_at(record->queue_offset());
        first_of_read = false;
        into.messages.push_back(model_.saw(name, at.value, record->physical_offset(), *record));
        at = at + 1;
      }
    }
    if (at != outcome->next) throw Violation("I3: a read of " + text(name) + " leaves something out");
  }
}

Contents StoreSimulation::read_all(bool strict) {
  let_all_run();
  return read_queues(strict);
}

Contents StoreSimulation::read_queues(bool strict) {
  Contents contents;
  for (const std::string& topic : store_->topics()) {
    for (const api::QueueId id : store_->queues(topic)) {
      const QueueName name{topic, api::number(id)};
      read_queue(name, contents[name], strict);
    }
  }
  return contents;
}

void StoreSimulation::notice_retention() {
  if (!store_) return;
  const std::int64_t first = store_->first().value;
  // Less: a file is back whose removal a power cut undid.
  if (first > log_first_) {
    tell("the log begins at " + std::to_string(first));
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(config_.retention_age);
    model_.log_begins(first, date_ms() - age.count(), forced_);
    log_first_ = first;
  }
  if (!failing_) forced_ = false;
}

void StoreSimulation::look_at_everything() {
  let_all_run();
  // What a slow disk lets become visible meanwhile would be in one answer and not in the other.
  lanes_->hold(Lane::flush);
  const Contents contents = read_queues(/*strict=*/!disturbed_);
  notice_retention();
  model_.check(contents, log_first_);
  compare_with_log(contents);
  look_up(contents);
  lanes_->let_go(Lane::flush);
  tell("looked at everything");
}

// Queues and log have the same messages.
void StoreSimulation::compare_with_log(const Contents& contents) {
  std::vector<std::int64_t> in_queues;
  for (const auto& [name, queue] : contents)
    for (const Seen& seen : queue.messages)
      if (seen.at >= log_first_) in_queues.push_back(seen.at);
  std::ranges::sort(in_queues);
  std::vector<std::int64_t> in_log;
  for (api::LogOffset at = store_->first(); at < store_->end();) {
    const auto next = store_->walk(at, ByteSize::kib(64), [&](std::span<const api::LogEntry> entries) {
      for (const auto& entry : entries)
        if (entry.at.value >= log_first_) in_log.push_back(entry.at.value);
    });
    if (!next) throw Violation("the log cannot be walked: " + next.error().text);
    if (*next <= at) throw Violation("the log cannot be walked at " + std::to_string(at.value));
    at = *next;
  }
  if (in_log != in_queues)
    throw Violation("I7: the log has " + std::to_string(in_log.size()) + " messages, the queues show " +
                    std::to_string(in_queues.size()));
}

void StoreSimulation::look_up(const Contents& contents) {
  look_up_keys(contents);
  look_up_places(contents);
  for (const auto& [name, queue] : contents) look_up_times(name, queue);
}

void StoreSimulation::look_up_keys(const Contents& contents) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (int i = 0; i < 6; ++i) asked.emplace_back(random_.pick(kTopics), random_.pick(kKeys));
  for (const auto& [name, queue] : contents) {
    if (queue.messages.empty()) continue;
    const auto& keys = model_.operation(random_.pick(queue.messages).id).keys;
    if (!keys.empty()) asked.emplace_back(name.topic, keys.back());
  }
  for (const auto& [topic, key] : asked) {
    const auto found = wait_for<api::Result<std::vector<api::StoredMessage>>>(
        [&](auto done) { store_->find_by_key({.topic = topic, .key = key, .most = 1000}, done); });
    if (!found) throw Violation("I7: key " + key + " of " + topic + ": " + found.error().text);
    std::vector<std::int64_t> places;
    for (const auto& message : *found)
      if (message.at.value >= log_first_) places.push_back(message.at.value);
    const auto expected = model_.having(topic, key, contents, log_first_);
    if (places != expected)
      throw Violation("I7: key " + key + " of " + topic + " is in " + std::to_string(expected.size()) +
                      " messages, found in " + std::to_string(places.size()));
  }
}

void StoreSimulation::look_up_places(const Contents& contents) {
  for (const auto& [name, queue] : contents) {
    if (queue.messages.empty()) continue;
    const Seen& seen = random_.pick(queue.messages);
    const auto find = [&](std::int64_t at) {
      return wait_for<api::Result<api::StoredMessage>>([&](auto done) { store_->find({at}, done); });
    };
    const auto found = find(seen.at);
    if (!found) throw Violation("I7: by its place: " + model_.tell(seen.id) + ": " + found.error().text);
    static_cast<void>(model_.saw(name, found->record.queue_offset(), seen.at, found->record));
    if (find(seen.at + 1)) throw Violation("I7: a message within a message at " + std::to_string(seen.at));
  }
}

void StoreSimulation::look_up_times(const QueueName& name, const SeenQueue& queue) {
  if (queue.messages.empty()) return;
  const std::int64_t ms = random_.pick(queue.messages).stored_at + random_.between(-1, 1);
  const auto found = wait_for<api::Result<api::QueueOffset>>(
      [&](auto done) { store_->find_by_time(name.topic, api::QueueId{name.id}, ms, done); });
  if (!found) throw Violation("I7: by time: " + found.error().text);
  const auto first =
      std::ranges::find_if(queue.messages, [&](const Seen& one) { return one.stored_at >= ms; });
  if (found->value != queue.first + (first - queue.messages.begin()))
    throw Violation("I7: by time " + std::to_string(ms) + " of " + text(name) + ": " +
                    std::to_string(found->value));
}

}  // namespace gantry::store
