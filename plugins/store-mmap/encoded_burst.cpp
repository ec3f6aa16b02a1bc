#include "plugins/store-mmap/encoded_burst.h"

#include "kernel/api/names.h"
#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/consume_queues.h"
#include "remoting/message_properties.h"

#include <algorithm>
#include <optional>
#include <string>

namespace gantry::store {
namespace {

using remoting::ResponseCode;

// From here on a body is not copied into the buffer: one piece more for the kernel to gather costs about what
// copying this much does.
constexpr std::size_t kGatheredFrom = 4096;
constexpr std::size_t kMostWithoutBody = std::size_t{64} << 10;  // properties and all, beside the body

api::Refusal illegal(std::string text) {
  return {ResponseCode::message_illegal, std::move(text)};
}

std::optional<api::Refusal> too_large(const remoting::MessageRecord& record, const remoting::RecordSize& size,
                                      const MessageLimits& limits) {
  if (record.body.size() > limits.body)
    return illegal("the message's body has " + std::to_string(record.body.size()) + " bytes, " +
                   std::to_string(limits.body) + " are allowed (max_message_size)");
  if (size.total() > limits.body + kMostWithoutBody ||
      static_cast<std::int64_t>(size.total() + remoting::record_layout::kBlankSize) > limits.file)
    return illegal("the message takes " + std::to_string(size.total()) + " bytes in the log, " +
                   std::to_string(std::min<std::int64_t>(
                       static_cast<std::int64_t>(limits.body + kMostWithoutBody),
                       limits.file - static_cast<std::int64_t>(remoting::record_layout::kBlankSize))) +
                   " are allowed");
  return std::nullopt;
}

std::optional<api::Refusal> too_long(const remoting::MessageRecord& record) {
  if (record.topic.size() > 127)
    return illegal("the topic's name has " + std::to_string(record.topic.size()) + " bytes, 127 are allowed");
  const std::size_t properties = remoting::joined_size(record.properties, record.more_properties);
  if (properties > remoting::kMaxPropertiesSize)
    return illegal("the message's properties have " + std::to_string(properties) +
                   " bytes, 32767 are allowed");
  return std::nullopt;
}

// No checksum covers properties: zeros in them are how a start knows those that a power cut kept from the
// disk.
std::optional<api::Refusal> has_zeros(const remoting::MessageRecord& record) {
  for (const std::string_view properties : {record.properties, record.more_properties}) {
    if (const auto at = properties.find('\0'); at != std::string_view::npos)
      return illegal("the message's properties have a zero byte at " + std::to_string(at) +
                     ": they are text without one");
  }
  return std::nullopt;
}

// The message's queue, made if it is its first one. A topic's name becomes a directory's: none that is not
// one.
api::Result<ConsumeQueue*> queue_of(const remoting::MessageRecord& record, ConsumeQueues& queues) {
  const api::QueueId id{record.queue_id};
  if (ConsumeQueue* there = queues.find(record.topic, id)) return there;
  if (record.queue_id < 0) return illegal("the queue " + std::to_string(record.queue_id) + " is negative");
  if (auto name = api::TopicName::parse(record.topic); !name) return name.error();
  return &queues.get(record.topic, id);
}

}  // namespace

void EncodedBurst::encode(std::unique_ptr<api::AppendBurst> burst, ConsumeQueues& queues,
                          const MessageLimits& limits) {
  burst_ = std::move(burst);
  messages_.clear();
  outcomes_.clear();
  used_ = bytes_ = 0;
  const std::span<api::Draft> drafts = burst_->drafts();
  outcomes_.resize(drafts.size());
  if (drafts.size() > 1 && queues.table().worth_expecting()) expect(drafts, queues.table());
  std::size_t buffered = 0;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const remoting::MessageRecord& record = drafts[i].record;
    auto& refused = outcomes_[i].refused;
    if (drafts[i].refused()) {
      refused = drafts[i].refused();
      continue;
    }
    refused = too_long(record);
    if (!refused) refused = has_zeros(record);
    if (refused) continue;
    const auto size = remoting::encoded_size(record);
    if (!size) {
      refused = illegal(size.error().str());
      continue;
    }
    refused = too_large(record, *size, limits);
    if (refused) continue;
    const auto& delay = drafts[i].delay;
    Message message{.index = i,
                    .size = *size,
                    .tags_code = delay ? delay->count() : drafts[i].tags_code,
                    .waits = delay.has_value()};
    if (in_a_queue(record.sys_flag)) {
      auto queue = queue_of(record, queues);
      if (!queue) {
        refused = queue.error();
        continue;
      }
      message.queue = *queue;
    }
    if (size->body >= kGatheredFrom) message.body = record.body;
    buffered += size->total() - message.body.size();
    bytes_ += size->total();
    messages_.push_back(message);
  }
  reserve(buffered);
  for (Message& message : messages_) {
    const remoting::MessageRecord& record = drafts[message.index].record;
    char* to = buffer_.get() + used_;
    message.head = used_;
    used_ += message.size.total() - message.body.size();
    if (message.body.empty()) {
      remoting::encode_to({to, message.size.total()}, record).value();
    } else {
      remoting::encode_head_to(to, record, message.size);
      remoting::encode_tail_to(to + message.size.head, record);
    }
  }
}

void EncodedBurst::expect(std::span<const api::Draft> drafts, const QueueTable& queues) {
  expected_.clear();
  for (const api::Draft& draft : drafts)
    expected_.push_back(queues.expect(draft.record.topic, api::QueueId{draft.record.queue_id}));
  for (const std::uint64_t queue : expected_) queues.expect_queue(queue);
}

void EncodedBurst::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  capacity_ = std::max<std::size_t>(bytes, 4096);
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
}

void EncodedBurst::stamp(const Message& message, std::int64_t queue_offset, std::int64_t log_offset,
                         std::int64_t stored_at) {
  char* head = buffer_.get() + message.head;
  remoting::stamp_queue_offset(head, queue_offset);
  remoting::stamp_physical_offset(head, log_offset);
  remoting::stamp_store_timestamp(head, stored_at);
  api::Appended& outcome = outcomes_[message.index];
  outcome.at = {log_offset};
  outcome.queue_offset = {queue_offset};
  outcome.stored_at = stored_at;
  outcome.size = static_cast<std::uint32_t>(message.size.total());
}

void EncodedBurst::add_pieces(const Message& message, std::vector<iovec>& pieces) {
  const auto add = [&pieces](const char* from, std::size_t size) {
    if (!pieces.empty()) {
      iovec& last = pieces.back();
      if (static_cast<const char*>(last.iov_base) + last.iov_len == from) {
        last.iov_len += size;
        return;
      }
    }
    pieces.push_back({const_cast<char*>(from), size});
  };
  const char* head = buffer_.get() + message.head;
  if (message.body.empty()) {
    add(head, message.size.total());
    return;
  }
  add(head, message.size.head);
  add(message.body.data(), message.body.size());
  add(head + message.size.head, message.size.tail);
}

void EncodedBurst::refuse_all(const api::Refusal& why) {
  for (const Message& message : messages_) outcomes_[message.index].refused = why;
}

}  // namespace gantry::store
