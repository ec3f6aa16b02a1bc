// A burst on its way into the log. Its caller's thread checks the messages and encodes them, CRC and all;
// what only the append lock can give (offsets, the store time) is stamped in afterwards, where it lies.
//
// Small records stand one behind the other in one buffer. A large body stays where it is, and the file takes
// it from there.
#pragma once

#include "kernel/api/message_store.h"
#include "remoting/message_record.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

namespace gantry::store {

class ConsumeQueue;
class ConsumeQueues;
class QueueTable;

struct MessageLimits {
  std::size_t body = std::size_t{4} << 20;
  std::int64_t file = std::int64_t{1} << 30;  // a record must fit a file of the log
};

class EncodedBurst {
 public:
  struct Message {
    ConsumeQueue* queue = nullptr;  // nullptr: it gets no entry
    std::size_t index = 0;          // among the drafts
    std::size_t head = 0;           // where in the buffer it begins
    remoting::RecordSize size{};
    std::string_view body{};  // not in the buffer; empty: it is
    std::int64_t tags_code = 0;
    bool waits = false;  // then tags_code is how long, in ms

    std::int32_t record_size() const { return static_cast<std::int32_t>(size.total()); }
    // What its queue's entry says.
    std::int64_t entry_code(std::int64_t stored_at) const {
      return waits ? stored_at + tags_code : tags_code;
    }
  };

  // Takes a new burst, over what is left of the last one. What is wrong with a message is in its outcome.
  void encode(std::unique_ptr<api::AppendBurst> burst, ConsumeQueues& queues, const MessageLimits& limits);

  // Those that can be written, in order.
  std::span<const Message> messages() const { return messages_; }
  std::size_t bytes() const { return bytes_; }  // of their records
  std::size_t capacity() const { return capacity_; }
  std::vector<api::Appended>& outcomes() { return outcomes_; }
  std::span<const api::Appended> outcomes() const { return outcomes_; }

  void stamp(const Message& message, std::int64_t queue_offset, std::int64_t log_offset,
             std::int64_t stored_at);
  // Adds what the file takes to `pieces`; joins it to the last one where they touch.
  void add_pieces(const Message& message, std::vector<iovec>& pieces);

  // The messages' senders are told, and the burst is let go of.
  void tell_written(api::LogOffset end) { burst_->written(outcomes_, end); }
  void tell_stored(const api::Result<void>& outcome) {
    burst_->stored(outcome);
    burst_.reset();
  }
  // Hands out the burst to be told elsewhere.
  std::unique_ptr<api::AppendBurst> release() { return std::move(burst_); }
  void refuse_all(const api::Refusal& why);

  // For the one who writes it.
  std::chrono::steady_clock::time_point came{};
  api::LogOffset end;  // in the log, once it is written

 private:
  void expect(std::span<const api::Draft> drafts, const QueueTable& queues);
  void reserve(std::size_t bytes);

  std::unique_ptr<api::AppendBurst> burst_;
  std::vector<Message> messages_;
  std::vector<api::Appended> outcomes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::uint64_t> expected_;
};

}  // namespace gantry::store
