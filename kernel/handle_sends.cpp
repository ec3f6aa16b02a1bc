// Messages that clients send: 10, 310, 320. Those of one read burst go to the store together.
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "kernel/send_burst.h"
#include "kernel/sends.h"
#include "kernel/topic_maker.h"
#include "remoting/headers/send_message.h"
#include "remoting/message_batch.h"
#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using SendHeader = remoting::SendMessageRequestHeader;

constexpr std::size_t kMostOfBatch = 65'536;          // their ids must fit the header of an answer
constexpr std::int32_t kReadsRegionOfMessages = 413;  // 5.0: traces are sent only for messages that have one

std::int32_t any_queue_of(std::int32_t queues) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<std::int32_t>(0, std::max(queues, 1) - 1)(random);
}

// What a message's properties say that matters here; one walk over them.
struct Said {
  std::string_view tags;
  std::string_view wait;  // the last piece that says WAIT, with what separates it; empty: none does
  bool waits = true;
  bool several_waits = false;
  bool delayed = false;
};

Said read_said(std::string_view properties) {
  namespace name = remoting::property_name;
  Said said;
  for (const remoting::Property& property : remoting::PropertyRange(properties)) {
    if (property.name == name::kTags) {
      said.tags = property.value;
    } else if (property.name == name::kDelay) {
      said.delayed = property.value != "0";
    } else if (property.name == name::kWait) {
      said.several_waits = !said.wait.empty();
      said.waits = property.value != "false";
      const char* const begin = property.name.data();
      const char* end = property.value.data() + property.value.size();
      if (end < properties.data() + properties.size()) ++end;
      said.wait = {begin, static_cast<std::size_t>(end - begin)};
    }
  }
  return said;
}

// Whether the sender waits is between it and the broker: it is not stored.
std::string_view without_wait(std::string_view properties, const Said& said, SendBurst& burst) {
  if (said.wait.empty()) return properties;
  if (said.several_waits) {
    std::string left(properties);
    remoting::remove_property(left, remoting::property_name::kWait);
    char* const room = burst.room(left.size());
    std::ranges::copy(left, room);
    return {room, left.size()};
  }
  const std::string_view before(properties.data(),
                                static_cast<std::size_t>(said.wait.data() - properties.data()));
  const std::string_view after = properties.substr(before.size() + said.wait.size());
  if (after.empty()) return before;
  if (before.empty()) return after;
  char* const room = burst.room(before.size() + after.size());
  std::ranges::copy(after, std::ranges::copy(before, room).out);
  return {room, before.size() + after.size()};
}

// One request on its way to drafts.
struct Sent {
  SendHeader header;
  std::string_view body;
  std::int32_t version = 0;
  remoting::HostAddress from;
};

// A request whose topic must be made first, and what its views point at.
struct SentLater {
  SentLater(const Sent& sent, std::shared_ptr<const void> received)
      : pin(std::move(received)),
        text{std::string(sent.header.producer_group), std::string(sent.header.topic),
             std::string(sent.header.default_topic), std::string(sent.header.properties.value_or(""))},
        sent(sent) {
    this->sent.header.producer_group = text[0];
    this->sent.header.topic = text[1];
    this->sent.header.default_topic = text[2];
    if (sent.header.properties) this->sent.header.properties = text[3];
  }
  SentLater(const SentLater&) = delete;

  const std::shared_ptr<const void> pin;  // has the body
  const std::array<std::string, 4> text;
  Sent sent;
};

class SendHandler {
 public:
  explicit SendHandler(Serving& serving)
      : serving_(serving),
        own_properties_(own_properties(serving, false)),
        own_with_region_(own_properties(serving, true)) {}

  void handle(Connection& from, access::RequestTable::Gathered requests,
              const std::shared_ptr<const void>& pin) const {
    const auto peer = remoting::HostAddress::parse(from.peer()).value_or(remoting::HostAddress{}).unmapped();
    std::unique_ptr<SendBurst> burst;
    std::shared_ptr<const api::Topic> topic;
    for (const Request* request : requests) {
      const auto sent = read_request(from, *request, peer);
      if (!sent) continue;
      const SendHeader& header = sent->header;
      if (header.topic.starts_with(kRetryTopicPrefix) && !header.batch &&
          retry(from, *request, *sent, pin) == Retry::settled)
        continue;
      // Nearly always the same as that of the message before.
      if (!topic || topic->name.view() != header.topic) {
        if (is_closed_to_senders(header.topic)) {
          answers().refuse(from, *request, closed_to_senders(header.topic));
          continue;
        }
        topic = serving_.topics.find(header.topic);
      }
      if (!topic) {
        make_topic_for(*sent, pin, from.answer_later(*request));
        continue;
      }
      if (!burst) burst = std::make_unique<SendBurst>(answers(), pin, requests.size());
      take(*burst, *sent, *topic, from.answer_later(*request));
    }
    if (burst && !burst->empty()) serving_.sends.append(std::move(burst));
  }

 private:
  const SendAnswers& answers() const { return serving_.sends.answers(); }

  // nullopt: it has been refused.
  std::optional<Sent> read_request(Connection& from, const Request& request,
                                   const remoting::HostAddress& peer) const {
    if (serving_.extensions.store() == nullptr) {
      answers().refuse(from, request, no_store());
      return std::nullopt;
    }
    const auto header = request.code() == RequestCode::send_message
                            ? remoting::read_header<SendHeader>(request.command.fields)
                            : remoting::read_header_v2<SendHeader>(request.command.fields);
    if (!header) {
      answers().refuse(from, request, {ResponseCode::system_error, header.error().text()});
      return std::nullopt;
    }
    return Sent{*header, request.body, request.command.version, peer};
  }

  static std::string own_properties(const Serving& serving, bool with_region) {
    std::string text;
    remoting::append_property(text, remoting::property_name::kCluster, serving.identity.cluster).value();
    if (with_region)
      remoting::append_property(text, remoting::property_name::kMessageRegion, serving.config.region).value();
    return text;
  }

  void make_topic_for(const Sent& sent, const std::shared_ptr<const void>& pin,
                      remoting::Responder to) const {
    if (auto name = api::TopicName::parse(sent.header.topic); !name)
      return answers().refuse(to, name.error());
    auto later = std::make_shared<SentLater>(sent, pin);
    auto waiting = std::make_shared<remoting::Responder>(std::move(to));
    auto made = [this, later, waiting](const api::Result<std::shared_ptr<const api::Topic>>& topic) {
      if (!topic) return answers().refuse(*waiting, topic.error());
      auto burst = std::make_unique<SendBurst>(answers(), later, 1);
      take(*burst, later->sent, **topic, std::move(*waiting));
      if (!burst->empty()) serving_.sends.append(std::move(burst));
    };
    const auto& header = later->sent.header;
    if (header.topic.starts_with(kRetryTopicPrefix) || header.topic.starts_with(kDlqTopicPrefix))
      return serving_.topic_maker.make_retry_or_dlq(header.topic, 1, std::move(made));
    serving_.topic_maker.make(header.topic, header.default_topic, header.default_topic_queue_nums,
                              std::move(made));
  }

  // Its drafts go into the burst, or it is refused.
  void take(SendBurst& burst, const Sent& sent, const api::Topic& topic, remoting::Responder to) const {
    const SendHeader& header = sent.header;
    if (!topic.writable()) return answers().refuse(to, not_writable(topic));
    const std::int32_t queues = std::max(topic.read_queues, topic.write_queues);
    if (header.queue_id >= queues)
      return answers().refuse(
          to, {ResponseCode::system_error, "request queueId[" + std::to_string(header.queue_id) +
                                               "] is illegal: the topic[" + topic.name.str() + "] has " +
                                               std::to_string(queues) + " queues here, from 0 on"});
    const std::int32_t queue = header.queue_id < 0 ? any_queue_of(topic.write_queues) : header.queue_id;
    if (header.batch) return take_batch(burst, sent, queue, std::move(to));
    take_single(burst, sent, queue, std::move(to));
  }

  void take_single(SendBurst& burst, const Sent& sent, std::int32_t queue, remoting::Responder to) const {
    const std::string_view properties = sent.header.properties.value_or("");
    const Said said = read_said(properties);
    api::Draft& draft = burst.add();
    fill(draft, sent, queue);
    draft.record.body = sent.body;
    draft.record.properties = without_wait(properties, said, burst);
    draft.tags_code = said.tags.empty() ? 0 : remoting::java_string_hash(said.tags);
    burst.asked_by(std::move(to), {.queue_id = queue, .waits = said.waits});
  }

  void fill(api::Draft& draft, const Sent& sent, std::int32_t queue) const {
    const SendHeader& header = sent.header;
    draft.record.queue_id = queue;
    draft.record.flag = header.flag;
    draft.record.sys_flag = remoting::SysFlag(header.sys_flag);
    draft.record.born_timestamp = header.born_timestamp;
    draft.record.born_host = sent.from;
    draft.record.store_host = answers().host();
    draft.record.reconsume_times = header.reconsume_times.value_or(0);
    draft.record.topic = header.topic;
    draft.record.more_properties =
        sent.version >= kReadsRegionOfMessages ? own_with_region_ : own_properties_;
  }

  // All of them or none.
  void take_batch(SendBurst& burst, const Sent& sent, std::int32_t queue, remoting::Responder to) const {
    const auto illegal = [&](const std::string& why) {
      answers().refuse(to, {ResponseCode::message_illegal, "the batch is illegal: " + why});
    };
    const Said all = read_said(sent.header.properties.value_or(""));
    const auto most = serving_.extensions.store()->largest_body();
    if (sent.body.size() > most.bytes())
      return illegal("its body has " + std::to_string(sent.body.size()) + " bytes, " +
                     std::to_string(most.bytes()) + " are allowed (max_message_size)");
    if (all.delayed) return illegal("messages of a batch cannot be delayed");
    if (remoting::SysFlag(sent.header.sys_flag).transaction_type() != remoting::TransactionType::none)
      return illegal("messages of a batch cannot be in a transaction");
    std::size_t count = 0;
    remoting::BatchWalker items(sent.body);
    while (const auto item = items.next()) {
      ++count;
      const auto size = remoting::joined_size(item->properties, own_with_region_);
      if (size > remoting::kMaxPropertiesSize)
        return illegal("the properties of message " + std::to_string(count) + " have " +
                       std::to_string(size) + " bytes, 32767 are allowed");
      if (item->properties.find('\0') != std::string_view::npos)
        return illegal("the properties of message " + std::to_string(count) + " have a zero byte");
    }
    if (items.error()) return illegal(items.error()->str());
    if (count == 0) return illegal("it has no messages");
    if (count > kMostOfBatch)
      return illegal("it has " + std::to_string(count) + " messages, " + std::to_string(kMostOfBatch) +
                     " are allowed");
    remoting::BatchWalker again(sent.body);
    while (const auto item = again.next()) {
      api::Draft& draft = burst.add();
      fill(draft, sent, queue);
      draft.record.flag = item->flag;
      draft.record.body = item->body;
      draft.record.properties = item->properties;
      draft.tags_code = remoting::tags_code(item->properties);
    }
    burst.asked_by(std::move(to), {.queue_id = queue, .waits = all.waits});
  }

  enum class Retry : std::uint8_t { goes_on, settled };

  // A consumer sends a message again that it could not consume. After too often it goes to its group's dead
  // letters.
  Retry retry(Connection& from, const Request& request, const Sent& sent,
              const std::shared_ptr<const void>& pin) const {
    const SendHeader& header = sent.header;
    const std::string_view group_name = header.topic.substr(kRetryTopicPrefix.size());
    const auto group = find_or_make_group(serving_, group_name);
    if (!group) {
      answers().refuse(from, request, group.error());
      return Retry::settled;
    }
    const auto most = most_retries(**group, sent.version, header.max_reconsume_times);
    if (header.reconsume_times.value_or(0) < most) return Retry::goes_on;
    const std::string dead = std::string(kDlqTopicPrefix) + std::string(group_name);
    Sent dying = sent;
    dying.header.topic = dead;
    dying.header.queue_id = -1;
    make_topic_for(dying, pin, from.answer_later(request));
    return Retry::settled;
  }

  Serving& serving_;
  const std::string own_properties_, own_with_region_;
};

}  // namespace

void add_send_handlers(access::RequestTable& table, Serving& serving) {
  table.gather({RequestCode::send_message, RequestCode::send_message_v2, RequestCode::send_batch_message},
               Right::publish,
               [handler = std::make_shared<SendHandler>(serving)](
                   Connection& from, access::RequestTable::Gathered requests,
                   const std::shared_ptr<const void>& pin) { handler->handle(from, requests, pin); });
}

}  // namespace gantry::kernel
