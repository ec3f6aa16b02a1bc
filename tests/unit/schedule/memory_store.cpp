#include "tests/unit/schedule/memory_store.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace gantry::schedule {

api::QueueOffset MemoryStore::put(const remoting::MessageRecord& record, std::int64_t code) {
  const auto message = write(record);
  message->code = code;
  tell_watchers();
  return queues_.at(message->queue).end() + -1;
}

void MemoryStore::tell_held() {
  auto held = std::exchange(held_, {});
  for (auto& one : held) one();
}

void MemoryStore::lose_from(api::LogOffset from) {
  while (!log_.empty() && log_.back()->at >= from) {
    queues_.at(log_.back()->queue).messages.pop_back();
    log_.pop_back();
  }
  end_ = std::min(end_, from);
}

void MemoryStore::remove_before(std::string_view topic, std::int32_t queue, api::QueueOffset first) {
  Queue& there = queues_.at(key(topic, queue));
  there.messages.erase(there.messages.begin(), there.messages.begin() + (first - there.first));
  there.first = first;
}

void MemoryStore::damage_body(std::string_view topic, std::int32_t queue, api::QueueOffset at) {
  std::string& bytes = queues_.at(key(topic, queue)).at(at)->bytes;
  const auto body = remoting::decode_record(bytes).record.body();
  bytes[static_cast<std::size_t>(body.data() - bytes.data())] ^= 1;
}

std::vector<remoting::MessageRecordView> MemoryStore::messages(std::string_view topic,
                                                               std::int32_t queue) const {
  std::vector<remoting::MessageRecordView> found;
  if (const Queue* there = find_queue(topic, queue))
    for (const auto& one : there->messages) found.push_back(remoting::decode_record(one->bytes).record);
  return found;
}

std::vector<std::string> MemoryStore::bodies(std::string_view topic, std::int32_t queue) const {
  std::vector<std::string> found;
  for (const auto& record : messages(topic, queue)) found.emplace_back(record.body());
  return found;
}

std::vector<std::int64_t> MemoryStore::codes(std::string_view topic, std::int32_t queue) const {
  std::vector<std::int64_t> found;
  if (const Queue* there = find_queue(topic, queue))
    for (const auto& one : there->messages) found.push_back(one->code);
  return found;
}

const MemoryStore::Queue* MemoryStore::find_queue(std::string_view topic, std::int32_t queue) const {
  const auto there = queues_.find(key(topic, queue));
  return there == queues_.end() ? nullptr : &there->second;
}

std::shared_ptr<MemoryStore::Message> MemoryStore::write(remoting::MessageRecord record) {
  const auto date =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch()).count();
  newest_ = std::max(newest_, date);
  auto message = std::make_shared<Message>();
  message->queue = key(record.topic, record.queue_id);
  Queue& queue = queues_[message->queue];
  record.queue_offset = queue.end().value;
  record.physical_offset = end_.value;
  record.store_timestamp = newest_;
  message->bytes.resize(remoting::encoded_size(record).value().total());
  remoting::encode_to(message->bytes, record).value();
  message->at = end_;
  message->stored_at = newest_;
  queue.messages.push_back(message);
  log_.push_back(message);
  end_ = end_ + static_cast<std::int64_t>(message->bytes.size());
  return message;
}

api::Appended MemoryStore::append_one(const api::Draft& draft) {
  const auto message = write(draft.record);
  message->code = draft.delay ? message->stored_at + draft.delay->count() : draft.tags_code;
  return {.at = message->at,
          .queue_offset = queues_.at(message->queue).end() + -1,
          .stored_at = message->stored_at,
          .size = static_cast<std::uint32_t>(message->bytes.size()),
          .refused = {}};
}

void MemoryStore::append(std::unique_ptr<api::AppendBurst> burst) {
  bursts.push_back(burst->drafts().size());
  std::vector<api::Appended> outcomes;
  std::optional<api::Refusal> for_now;  // and with it all that comes behind
  for (const api::Draft& draft : burst->drafts()) {
    std::optional<api::Refusal> why = for_now;
    if (!why && refuse) why = refuse(draft);
    if (why && why->code != remoting::ResponseCode::message_illegal) for_now = why;
    outcomes.push_back(why ? api::Appended{.refused = why} : append_one(draft));
  }
  burst->written(outcomes, end_);
  // A function must be copyable.
  const std::shared_ptr<api::AppendBurst> kept = std::move(burst);
  auto tell = [kept, why = not_kept] { kept->stored(why ? api::Result<void>(*why) : api::Result<void>()); };
  if (hold)
    held_.emplace_back(std::move(tell));
  else
    tell();
  tell_watchers();
}

void MemoryStore::read(const api::ReadRequest& request,
                       std::function<void(api::Result<api::ReadOutcome>)> done) {
  if (at_read) at_read(request.from);
  done(read_now(request));
}

api::Result<api::ReadOutcome> MemoryStore::read_now(const api::ReadRequest& request) const {
  if (why_not_) return api::Refusal{.text = *why_not_};
  api::ReadOutcome outcome;
  const Queue* const queue = find_queue(request.topic, number(request.queue));
  if (queue == nullptr) return outcome;
  outcome.first = queue->first;
  outcome.end = outcome.next = queue->end();
  using enum api::ReadStatus;
  outcome.status = outcome.end.value == 0         ? empty_queue
                   : request.from < queue->first  ? too_small
                   : request.from == queue->end() ? at_the_end
                   : request.from > queue->end()  ? past_the_end
                                                  : found;
  if (outcome.status == too_small) outcome.next = queue->first;
  if (outcome.status != found) return outcome;
  std::size_t bytes = 0;
  outcome.next = request.from;
  while (outcome.next < outcome.end && outcome.count < request.most_messages) {
    const auto& message = queue->at(outcome.next);
    if (broken_.contains({message->queue, outcome.next})) {
      if (outcome.count > 0) break;
      return api::Refusal{.text = "the log cannot be read there"};
    }
    bytes += message->bytes.size();
    if (outcome.count > 0 && bytes > request.most_bytes.bytes()) break;
    outcome.messages.push_back({message->bytes, message});
    outcome.next = outcome.next + 1;
    ++outcome.count;
  }
  if (request.filter) {
    const api::QueueEntry entry{queue->at(request.from)->code, 0};
    api::Verdict verdict = api::Verdict::no;
    request.filter->judge_entries({&entry, 1}, {&verdict, 1});
  }
  return outcome;
}

std::optional<api::MessageStore::Range> MemoryStore::range(std::string_view topic, api::QueueId queue) const {
  if (before_range) std::exchange(before_range, nullptr)();
  const Queue* const there = find_queue(topic, number(queue));
  if (there == nullptr) return std::nullopt;
  return Range{there->first, there->end()};
}

std::vector<std::string> MemoryStore::topics() const {
  std::set<std::string> names;
  for (const auto& [key, queue] : queues_) names.insert(key.first);
  return {names.begin(), names.end()};
}

std::vector<api::QueueId> MemoryStore::queues(std::string_view topic) const {
  std::vector<api::QueueId> found;
  for (const auto& [key, queue] : queues_)
    if (key.first == topic) found.push_back(api::QueueId{key.second});
  return found;
}

void MemoryStore::find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms,
                               std::function<void(api::Result<api::QueueOffset>)> done) {
  const Queue* const there = find_queue(topic, number(queue));
  if (there == nullptr) return done(api::QueueOffset{0});
  const auto found =
      std::ranges::find_if(there->messages, [ms](const auto& one) { return one->stored_at >= ms; });
  done(there->first + (found - there->messages.begin()));
}

api::Result<api::LogOffset> MemoryStore::walk(
    api::LogOffset from, ByteSize, const std::function<void(std::span<const api::LogEntry>)>& each) {
  if (why_not_) return api::Refusal{.text = *why_not_};
  walked_from.push_back(from);
  std::vector<api::LogEntry> entries;
  for (const auto& one : log_) {
    if (one->at < from) continue;
    entries.push_back(
        {one->at, static_cast<std::uint32_t>(one->bytes.size()), remoting::decode_record(one->bytes).record});
  }
  each(entries);
  return end_;
}

std::shared_ptr<void> MemoryStore::watch(std::function<void(api::LogOffset)> told) {
  watchers_.push_back(std::move(told));
  const auto mine = std::prev(watchers_.end());
  return {&*mine, [this, mine](void*) { watchers_.erase(mine); }};
}

void MemoryStore::tell_watchers() {
  for (const auto& watcher : watchers_) watcher(end_);
}

void MemoryStore::find(api::LogOffset, std::function<void(api::Result<api::StoredMessage>)>) {
  throw std::logic_error("nothing that delivers asks this");
}
void MemoryStore::find_by_key(const api::KeyQuery&,
                              std::function<void(api::Result<std::vector<api::StoredMessage>>)>) {
  throw std::logic_error("nothing that delivers asks this");
}
std::shared_ptr<void> MemoryStore::watch_queues(std::function<void(std::span<const api::GrownQueue>)>) {
  throw std::logic_error("nothing that delivers asks this");
}
void MemoryStore::remove_topic(std::string_view, api::Completion<void>) {
  throw std::logic_error("nothing that delivers asks this");
}

}  // namespace gantry::schedule
