// A store that holds a log of records in memory and does nothing by itself: what followers of the log are
// tested with.
#pragma once

#include "kernel/api/message_store.h"
#include "remoting/message_record.h"

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {

class FakeStore : public api::MessageStore {
 public:
  // Appends a message with that body.
  void add(std::string_view body) {
    remoting::MessageRecord record{.body = body, .topic = "T"};
    std::string bytes(remoting::encoded_size(record).value().total(), '\0');
    remoting::encode_to(bytes, record).value();
    log_.push_back(std::move(bytes));
    for (const auto& watcher : watchers_) watcher(end());
  }
  // As after a crash that lost the tail, or a retention that took the head.
  void cut_tail() { log_.pop_back(); }
  void cut_head() {
    first_ += static_cast<std::int64_t>(log_.front().size());
    log_.erase(log_.begin());
  }
  void fail_reading(std::string why) { why_not_ = std::move(why); }
  std::size_t entries_at_once = 100;

  api::LogOffset first() const override { return {first_}; }
  api::LogOffset end() const override {
    std::int64_t at = first_;
    for (const auto& record : log_) at += static_cast<std::int64_t>(record.size());
    return {at};
  }

  api::Result<api::LogOffset> walk(api::LogOffset from, ByteSize,
                                   const std::function<void(std::span<const api::LogEntry>)>& each) override {
    if (!why_not_.empty()) return api::Refusal{.text = why_not_};
    std::vector<api::LogEntry> entries;
    std::int64_t at = first_;
    for (const auto& bytes : log_) {
      if (at >= from.value && entries.size() < entries_at_once) {
        entries.push_back(
            {{at}, static_cast<std::uint32_t>(bytes.size()), remoting::decode_record(bytes).record});
      }
      at += static_cast<std::int64_t>(bytes.size());
    }
    each(entries);
    if (entries.empty()) return from;
    return entries.back().at + entries.back().size;
  }

  std::shared_ptr<void> watch(std::function<void(api::LogOffset)> told) override {
    watchers_.push_back(std::move(told));
    const auto mine = std::prev(watchers_.end());
    return {&*mine, [this, mine](void*) { watchers_.erase(mine); }};
  }

  std::shared_ptr<void> watch_queues(std::function<void(std::span<const api::GrownQueue>)>) override {
    return nullptr;
  }
  ByteSize largest_body() const override { return ByteSize::mib(4); }

  void append(std::unique_ptr<api::AppendBurst>) override { std::abort(); }
  void read(const api::ReadRequest&, std::function<void(api::Result<api::ReadOutcome>)>) override {
    std::abort();
  }
  std::optional<Range> range(std::string_view, api::QueueId) const override { return {}; }
  std::vector<std::string> topics() const override { return {}; }
  std::vector<api::QueueId> queues(std::string_view) const override { return {}; }
  void find_by_time(std::string_view, api::QueueId, std::int64_t,
                    std::function<void(api::Result<api::QueueOffset>)>) override {
    std::abort();
  }
  void find(api::LogOffset, std::function<void(api::Result<api::StoredMessage>)>) override { std::abort(); }
  void find_by_key(const api::KeyQuery&,
                   std::function<void(api::Result<std::vector<api::StoredMessage>>)>) override {
    std::abort();
  }
  void remove_topic(std::string_view, api::Completion<void>) override { std::abort(); }

 private:
  std::int64_t first_ = 0;
  std::vector<std::string> log_;
  std::list<std::function<void(api::LogOffset)>> watchers_;
  std::string why_not_;
};

}  // namespace gantry::kernel
