// Messages as the log has them, for those who follow it: only their records, and where they stand.
#pragma once

#include "kernel/api/commit_listener.h"
#include "remoting/message_record.h"
#include "remoting/message_record_view.h"
#include "tests/unit/store-mmap/index_image.h"

#include <algorithm>
#include <deque>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

class KeyedMessages {
 public:
  struct Message {
    api::LogOffset at;
    std::string topic;
    std::vector<std::string> keys;
    std::int64_t stored_at = 0;
    std::string record;

    bool has(std::string_view key) const { return std::ranges::find(keys, key) != keys.end(); }
  };

  // `keys` are separated by blanks; none: an empty text.
  const Message& append(const std::string& topic, const std::string& unique, const std::string& keys,
                        std::int64_t stored_at) {
    Message message{end_, topic, {}, stored_at, {}};
    std::string properties;
    if (!unique.empty()) {
      message.keys.push_back(unique);
      properties += "UNIQ_KEY\1" + unique + "\2";
    }
    if (!keys.empty()) properties += "KEYS\1" + keys + "\2";
    std::istringstream words(keys);
    for (std::string word; words >> word;) message.keys.push_back(word);
    const remoting::MessageRecord record{.physical_offset = end_.value,
                                         .store_timestamp = stored_at,
                                         .body = "body",
                                         .topic = topic,
                                         .properties = properties};
    message.record.resize(remoting::encoded_size(record).value().total());
    remoting::encode_to(message.record, record).value();
    end_ = end_ + static_cast<std::int64_t>(message.record.size());
    messages_.push_back(std::move(message));
    return messages_.back();
  }

  api::LogOffset end() const { return end_; }
  const std::deque<Message>& messages() const { return messages_; }

  // Of [from, to).
  std::vector<api::LogEntry> entries(api::LogOffset from, api::LogOffset to) const {
    std::vector<api::LogEntry> all;
    for (const Message& message : messages_) {
      if (message.at < from || message.at >= to) continue;
      all.push_back({message.at, static_cast<std::uint32_t>(message.record.size()),
                     remoting::decode_record(message.record).record});
    }
    return all;
  }
  std::vector<api::LogEntry> entries(api::LogOffset from = {}) const { return entries(from, end_); }
  const Message& at(api::LogOffset at) const {
    return *std::ranges::find_if(messages_, [&](const Message& one) { return one.at == at; });
  }

  // What an index finds that reads the whole log: newest first.
  std::vector<api::LogOffset> find(std::string_view topic, std::string_view key, std::int64_t from_ms,
                                   std::int64_t to_ms) const {
    std::vector<api::LogOffset> all;
    for (auto message = messages_.rbegin(); message != messages_.rend(); ++message) {
      if (message->topic == topic && message->has(key) && message->stored_at >= from_ms &&
          message->stored_at <= to_ms) {
        all.push_back(message->at);
      }
    }
    return all;
  }

  // The files that Apache's broker would have made of it.
  std::vector<std::string> images(std::size_t slots, std::size_t index_entries) const {
    IndexImages images(slots, index_entries);
    for (const Message& message : messages_) {
      for (const std::string& key : message.keys) {
        images.put(message.topic, key, static_cast<std::uint64_t>(message.at.value),
                   static_cast<std::uint64_t>(message.stored_at));
      }
    }
    return images.bytes();
  }

  void truncate(api::LogOffset end) {
    while (!messages_.empty() && messages_.back().at >= end) messages_.pop_back();
    end_ = end;
  }

 private:
  api::LogOffset end_;
  std::deque<Message> messages_;
};

}  // namespace gantry::store
