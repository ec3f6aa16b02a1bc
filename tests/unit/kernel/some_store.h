// A store that holds messages of queues in memory: what handlers that look for messages are tested with:
//   some_store.add({.topic = "orders", .queue = 1, .stored_at = 1000, .properties = "KEYS\1a\2"});
#pragma once

#include "remoting/message_properties.h"
#include "remoting/message_record_view.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"
#include "tests/unit/kernel/fake_store.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace gantry::kernel {

class SomeStore : public FakeStore {
 public:
  struct Message {
    std::string topic = "orders";
    std::int32_t queue = 0;
    std::int64_t stored_at = 1000;
    std::string body = "hello";
    std::string properties{};
  };

  // Returns where it begins in the log.
  api::LogOffset add(const Message& message) {
    return put({.queue_id = message.queue,
                .store_timestamp = message.stored_at,
                .body = message.body,
                .topic = message.topic,
                .properties = message.properties})
        .at;
  }
  // The same for a record that has all but its places.
  api::Appended put(remoting::MessageRecord record) {
    Queue& queue = queue_of(std::string(record.topic), record.queue_id);
    record.queue_offset = queue.end();
    record.physical_offset = end_;
    auto bytes = std::make_shared<std::string>(remoting::encoded_size(record).value().total(), '\0');
    remoting::encode_to(*bytes, record).value();
    queue.records.push_back({{end_}, bytes});
    end_ += std::ssize(*bytes);
    return {.at = {record.physical_offset}, .queue_offset = {record.queue_offset}};
  }
  // As retention does: the first so many messages of the queue are gone.
  void take_away(const std::string& topic, std::int32_t queue, std::size_t count) {
    Queue& there = queue_of(topic, queue);
    there.first += static_cast<std::int64_t>(count);
    there.records.erase(there.records.begin(), there.records.begin() + static_cast<std::ptrdiff_t>(count));
  }
  void make_queue(const std::string& topic, std::int32_t queue) { queue_of(topic, queue); }
  void remove_topic(std::string_view topic, api::Completion<void> done) override {
    std::erase_if(queues_, [&](const auto& queue) { return queue.first.first == topic; });
    done.succeed();
  }

  bool cold = false;           // everything is
  std::string why_not;         // set: nothing can be read, for this reason
  bool answers_later = false;  // on a thread of its own

  api::LogOffset end() const override { return {end_}; }
  std::optional<Range> range(std::string_view topic, api::QueueId queue) const override {
    const Queue* const there = find_queue(topic, queue);
    if (there == nullptr) return std::nullopt;
    return Range{{there->first}, {there->end()}};
  }

  void read(const api::ReadRequest& request,
            std::function<void(api::Result<api::ReadOutcome>)> done) override {
    tell(std::move(done), [&] { return read_now(request); });
  }
  void find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms,
                    std::function<void(api::Result<api::QueueOffset>)> done) override {
    tell(std::move(done), [&] {
      const Queue* const there = find_queue(topic, queue);
      std::int64_t found = there == nullptr ? 0 : there->first;
      for (; there != nullptr && found < there->end(); ++found)
        if (there->view(found).store_timestamp() >= ms) break;
      return api::QueueOffset{found};
    });
  }
  void find(api::LogOffset at, std::function<void(api::Result<api::StoredMessage>)> done) override {
    tell(std::move(done), [&]() -> api::Result<api::StoredMessage> {
      for (const auto& [name, queue] : queues_)
        for (const Record& record : queue.records)
          if (record.at == at) return record.stored();
      return api::Refusal{remoting::ResponseCode::query_not_found, "no message begins there"};
    });
  }
  void find_by_key(const api::KeyQuery& query,
                   std::function<void(api::Result<std::vector<api::StoredMessage>>)> done) override {
    tell(std::move(done), [&] { return find_now(query); });
  }

 private:
  struct Record {
    api::LogOffset at;
    std::shared_ptr<std::string> bytes;
    remoting::MessageRecordView view() const { return remoting::decode_record(*bytes).record; }
    api::StoredMessage stored() const { return {at, {*bytes, bytes}, view()}; }
  };
  struct Queue {
    std::int64_t first = 0;
    std::deque<Record> records;

    std::int64_t end() const { return first + std::ssize(records); }
    const Record& at(std::int64_t offset) const { return records[static_cast<std::size_t>(offset - first)]; }
    remoting::MessageRecordView view(std::int64_t offset) const { return at(offset).view(); }
  };

  static bool has_key(const remoting::MessageRecordView& record, std::string_view key) {
    for (const auto name : {remoting::property_name::kKeys, remoting::property_name::kUniqueKey})
      if (remoting::find_property(record.properties(), name) == key) return true;
    return false;
  }
  Queue& queue_of(const std::string& topic, std::int32_t queue) { return queues_[{topic, queue}]; }
  const Queue* find_queue(std::string_view topic, api::QueueId queue) const {
    const auto there = queues_.find({std::string(topic), number(queue)});
    return there == queues_.end() ? nullptr : &there->second;
  }

  template <class T, class Find>
  void tell(std::function<void(api::Result<T>)> done, const Find& find) {
    api::Result<T> found = why_not.empty() ? api::Result<T>(find()) : api::Refusal{.text = why_not};
    if (!answers_later) return done(std::move(found));
    threads_.emplace_back(
        [done = std::move(done), found = std::move(found)]() mutable { done(std::move(found)); });
  }

  api::ReadOutcome read_now(const api::ReadRequest& request) const {
    const Queue* const queue = find_queue(request.topic, request.queue);
    if (queue == nullptr) return {.status = api::ReadStatus::no_queue};
    api::ReadOutcome outcome{.first = {queue->first}, .end = {queue->end()}, .cold = cold};
    if (queue->end() == 0) {
      outcome.status = api::ReadStatus::empty_queue;
    } else if (request.from < outcome.first) {
      outcome.status = api::ReadStatus::too_small;
      outcome.next = outcome.first;
    } else if (request.from >= outcome.end) {
      outcome.status =
          request.from == outcome.end ? api::ReadStatus::at_the_end : api::ReadStatus::past_the_end;
      outcome.next = outcome.end;
    } else {
      outcome.next = request.from;
      take_records(*queue, request, outcome);
    }
    return outcome;
  }
  static void take_records(const Queue& queue, const api::ReadRequest& request, api::ReadOutcome& outcome) {
    for (; outcome.next < outcome.end && outcome.count < request.most_messages;
         outcome.next = outcome.next + 1) {
      const api::StoredMessage message = queue.at(outcome.next.value).stored();
      if (!wanted(request.filter, message.record)) continue;
      outcome.messages.push_back(message.bytes);
      ++outcome.count;
    }
    outcome.status = outcome.count > 0 ? api::ReadStatus::found : api::ReadStatus::none_matches;
  }
  static bool wanted(const api::Filter* filter, const remoting::MessageRecordView& record) {
    if (filter == nullptr) return true;
    const api::QueueEntry entry{remoting::tags_code(record.properties()),
                                static_cast<std::uint32_t>(record.bytes().size())};
    api::Verdict verdict = api::Verdict::yes;
    filter->judge_entries({&entry, 1}, {&verdict, 1});
    if (verdict == api::Verdict::yes) filter->judge({&record, 1}, {&verdict, 1});
    return verdict == api::Verdict::yes;
  }

  std::vector<api::StoredMessage> find_now(const api::KeyQuery& query) const {
    std::vector<api::StoredMessage> found;
    for (const auto& [name, queue] : queues_) {
      if (name.first != query.topic) continue;
      for (const Record& record : queue.records) {
        const auto ms = record.view().store_timestamp();
        if (ms >= query.from && ms <= query.to && has_key(record.view(), query.key))
          found.push_back(record.stored());
      }
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) { return a.at > b.at; });
    if (found.size() > query.most) found.resize(query.most);
    return found;
  }

  std::map<std::pair<std::string, std::int32_t>, Queue> queues_;
  std::int64_t end_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace gantry::kernel
