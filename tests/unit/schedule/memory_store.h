// A message store in memory, on the test's thread, that refuses, holds back, forgets and loses what the test
// says.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/message_store.h"
#include "remoting/message_record.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace gantry::schedule {

// One thread: the test's.
class MemoryStore final : public api::MessageStore {
 public:
  explicit MemoryStore(const api::Clock& clock) : clock_(clock) {}

  // --- What a test does to it.

  // Why the draft is not taken; nullopt: it is.
  std::function<std::optional<api::Refusal>(const api::Draft&)> refuse;
  // Why what was written is not safe.
  std::optional<api::Refusal> not_kept;
  // Bursts are written, and told only by tell_held().
  bool hold = false;
  // Nothing from there on is shown by end().
  std::optional<api::LogOffset> hidden_from;
  std::vector<std::size_t> bursts;                // how many messages each had
  std::vector<api::LogOffset> walked_from;        // what walk() was asked
  std::function<void(api::QueueOffset)> at_read;  // hears of each read
  mutable std::function<void()> before_range;     // once, before range() looks

  // A message stored now, and what its queue's entry says of it.
  api::QueueOffset put(const remoting::MessageRecord& record, std::int64_t code = 0);
  void tell_held();
  // As when the process is killed: nobody is told any more.
  void forget_held() { held_.clear(); }
  // As a power cut does with a log that was not synced.
  void lose_from(api::LogOffset from);
  // It is an empty one, until the one before is there again.
  void unmount() {
    unmounted_ = {std::exchange(queues_, {}), std::exchange(log_, {}), std::exchange(end_, {})};
  }
  void mount() { std::tie(queues_, log_, end_) = std::move(unmounted_); }
  // Retention: the queue begins there.
  void remove_before(std::string_view topic, std::int32_t queue, api::QueueOffset first);
  void remove_queue(std::string_view topic, std::int32_t queue) { queues_.erase(key(topic, queue)); }
  void break_message(std::string_view topic, std::int32_t queue, api::QueueOffset at) {
    broken_.emplace(key(topic, queue), at);
  }
  // One byte of a body is another one.
  void damage_body(std::string_view topic, std::int32_t queue, api::QueueOffset at);
  void fail_reading(std::optional<std::string> why) { why_not_ = std::move(why); }

  // What a queue has.
  std::vector<remoting::MessageRecordView> messages(std::string_view topic, std::int32_t queue) const;
  std::vector<std::string> bodies(std::string_view topic, std::int32_t queue) const;
  std::vector<std::int64_t> codes(std::string_view topic, std::int32_t queue) const;  // of its entries

  // --- api::MessageStore

  void append(std::unique_ptr<api::AppendBurst> burst) override;
  void read(const api::ReadRequest& request,
            std::function<void(api::Result<api::ReadOutcome>)> done) override;
  std::optional<Range> range(std::string_view topic, api::QueueId queue) const override;
  std::vector<std::string> topics() const override;
  std::vector<api::QueueId> queues(std::string_view topic) const override;
  void find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms,
                    std::function<void(api::Result<api::QueueOffset>)> done) override;
  api::LogOffset first() const override { return {0}; }
  api::LogOffset end() const override { return hidden_from.value_or(end_); }
  api::Result<api::LogOffset> walk(api::LogOffset from, ByteSize most,
                                   const std::function<void(std::span<const api::LogEntry>)>& each) override;
  std::shared_ptr<void> watch(std::function<void(api::LogOffset)> told) override;

  // Nothing that delivers asks these.
  void find(api::LogOffset at, std::function<void(api::Result<api::StoredMessage>)> done) override;
  void find_by_key(const api::KeyQuery& query,
                   std::function<void(api::Result<std::vector<api::StoredMessage>>)> done) override;
  void remove_topic(std::string_view topic, api::Completion<void> done) override;
  std::shared_ptr<void> watch_queues(std::function<void(std::span<const api::GrownQueue>)> told) override;
  ByteSize largest_body() const override { return ByteSize::mib(4); }

 private:
  using Key = std::pair<std::string, std::int32_t>;
  struct Message {
    std::string bytes;
    Key queue;
    api::LogOffset at;
    std::int64_t stored_at = 0;
    std::int64_t code = 0;
  };
  struct Queue {
    api::QueueOffset first;
    std::vector<std::shared_ptr<Message>> messages;
    api::QueueOffset end() const { return first + static_cast<std::int64_t>(messages.size()); }
    const std::shared_ptr<Message>& at(api::QueueOffset offset) const {
      return messages.at(static_cast<std::size_t>(offset - first));
    }
  };

  static Key key(std::string_view topic, std::int32_t queue) { return {std::string(topic), queue}; }
  const Queue* find_queue(std::string_view topic, std::int32_t queue) const;
  std::shared_ptr<Message> write(remoting::MessageRecord record);
  api::Appended append_one(const api::Draft& draft);
  api::Result<api::ReadOutcome> read_now(const api::ReadRequest& request) const;
  void tell_watchers();

  const api::Clock& clock_;
  std::map<Key, Queue> queues_;
  std::vector<std::shared_ptr<Message>> log_;
  api::LogOffset end_;
  std::tuple<std::map<Key, Queue>, std::vector<std::shared_ptr<Message>>, api::LogOffset> unmounted_;
  std::int64_t newest_ = 0;
  std::vector<std::function<void()>> held_;
  std::set<std::pair<Key, api::QueueOffset>> broken_;
  std::optional<std::string> why_not_;
  std::list<std::function<void(api::LogOffset)>> watchers_;
};

}  // namespace gantry::schedule
