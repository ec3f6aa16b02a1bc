// 36: a consumer gives back a message that it could not consume, to get it again later or, after too often,
// to have it put to its group's dead letters.
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "remoting/headers/client.h"
#include "remoting/message_id.h"
#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using SendBackHeader = remoting::ConsumerSendMsgBackRequestHeader;

constexpr std::int32_t kFirstRetryLevel = 3;  // the first time after 10 s, then ever later

// A message says itself how often it was given back: a sender may have written anything there.
std::int32_t times_before(const remoting::MessageRecordView& record) {
  return std::clamp(record.reconsume_times(), 0, 1'000'000);
}

// One message on its way back.
class SendBack : public std::enable_shared_from_this<SendBack> {
 public:
  SendBack(Serving& serving, const Request& request, const SendBackHeader& header,
           std::shared_ptr<const api::Group> group, remoting::Responder to)
      : serving_(serving),
        group_(std::move(group)),
        at_{header.offset},
        level_(header.delay_level),
        most_(most_retries(*group_, request.command.version, header.max_reconsume_times)),
        to_(std::move(to)) {}

  void begin() {
    serving_.extensions.store()->find(at_, [self = shared_from_this()](const auto& found) {
      if (!found)
        return refuse(self->to_, {ResponseCode::system_error, "look message by offset failed, " +
                                                                  std::to_string(self->at_.value) + ": " +
                                                                  found.error().text});
      self->found(*found);
    });
  }

 private:
  void found(const api::StoredMessage& message) {
    const bool is_dead = level_ < 0 || times_before(message.record) >= most_;
    const std::string name = std::string(is_dead ? kDlqTopicPrefix : kRetryTopicPrefix) + group_->name.str();
    serving_.topic_maker.make_retry_or_dlq(name, is_dead ? 1 : group_->retry_queues,
                                           [self = shared_from_this(), message, is_dead](const auto& topic) {
                                             if (!topic) return refuse(self->to_, topic.error());
                                             self->put(message, **topic, is_dead);
                                           });
  }

  void put(const api::StoredMessage& message, const api::Topic& topic, bool is_dead) {
    if (!topic.writable()) return refuse(to_, not_writable(topic));
    const auto& record = message.record;
    api::Draft draft;
    draft.record = record.fields();
    draft.record.version = remoting::RecordVersion::v1;
    draft.record.queue_id = queue_of(topic);
    draft.record.store_host = serving_.identity.host;
    draft.record.reconsume_times = times_before(record) + 1;
    draft.record.prepared_transaction_offset = 0;
    draft.record.topic = draft.keep(topic.name.str());
    auto properties = properties_of(record, is_dead);
    if (!properties) return refuse(to_, {ResponseCode::system_error, properties.error().str()});
    draft.record.properties = draft.keep(*std::move(properties));
    draft.tags_code = remoting::tags_code(draft.record.properties);
    serving_.sends.append(std::move(draft),
                          api::Completion<api::Appended>([self = shared_from_this(), pin = message.bytes.pin](
                                                             const api::Result<api::Appended>& outcome) {
                            if (outcome) return self->to_.answer({});
                            refuse(self->to_, outcome.error());
                          }));
  }

  // Which of several does not matter, as long as they share the load.
  std::int32_t queue_of(const api::Topic& topic) const {
    return static_cast<std::int32_t>((at_.value / 64) % std::max(topic.write_queues, 1));
  }

  boost::system::result<std::string, remoting::PropertyError> properties_of(
      const remoting::MessageRecordView& record, bool is_dead) const {
    namespace name = remoting::property_name;
    std::string text(record.properties());
    const auto set_once = [&](std::string_view property, std::string_view value) {
      if (remoting::find_property(text, property))
        return boost::system::result<void, remoting::PropertyError>{};
      return remoting::append_property(text, property, value);
    };
    if (auto set = set_once(name::kRetryTopic, record.topic()); !set) return set.error();
    const auto id = remoting::MessageId{record.store_host(), record.physical_offset()}.text();
    if (auto set = set_once(name::kOriginMessageId, id); !set) return set.error();
    remoting::remove_property(text, name::kDelay);
    if (is_dead) return text;
    const std::int32_t level = level_ > 0 ? level_ : kFirstRetryLevel + times_before(record);
    if (auto set = remoting::append_property(text, name::kDelay, std::to_string(level)); !set)
      return set.error();
    return text;
  }

  Serving& serving_;
  const std::shared_ptr<const api::Group> group_;
  const api::LogOffset at_;
  const std::int32_t level_;
  const std::int32_t most_;
  remoting::Responder to_;
};

void send_back(Serving& serving, Connection& from, const Request& request, const SendBackHeader& header) {
  if (store_or_refuse(serving, from, request) == nullptr) return;
  auto group = find_or_make_group(serving, header.group);
  if (!group) return refuse(from, request, group.error());
  if ((*group)->retry_queues <= 0) return succeed(from, request);
  std::make_shared<SendBack>(serving, request, header, *std::move(group), from.answer_later(request))
      ->begin();
}

}  // namespace

void add_send_back_handler(access::RequestTable& table, Serving& serving) {
  table.add<SendBackHeader>(
      RequestCode::consumer_send_msg_back, Right::consume,
      [&serving](Connection& from, const Request& request, const SendBackHeader& header) {
        send_back(serving, from, request, header);
      });
}

}  // namespace gantry::kernel
