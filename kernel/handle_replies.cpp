// 324, 325: a consumer's reply to a request message, for the client that sent the request. It is handed to
// that client, and stored besides where that is wanted.
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "remoting/headers/push.h"
#include "remoting/headers/send_message.h"
#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using ReplyHeader = remoting::SendMessageRequestHeader;

constexpr auto kPatience = std::chrono::seconds(10);

std::int64_t ms_since_1970(const api::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.date().time_since_epoch()).count();
}

// One reply on its way. It owns what it says: the request's bytes are gone when the client has answered.
class Reply : public std::enable_shared_from_this<Reply> {
 public:
  Reply(Serving& serving, const Connection& from, const Request& request, const ReplyHeader& header,
        remoting::Responder to)
      : serving_(serving),
        header_(header),
        producer_group_(header.producer_group),
        topic_(header.topic),
        default_topic_(header.default_topic),
        properties_(header.properties.value_or("")),
        body_(std::make_shared<const std::string>(request.body)),
        peer_(from.peer()),
        now_(ms_since_1970(serving.clock)),
        to_(std::move(to)) {
    header_.producer_group = producer_group_;
    header_.topic = topic_;
    header_.default_topic = default_topic_;
  }

  void begin() {
    auto stamped =
        remoting::set_property(properties_, remoting::property_name::kPushReplyTime, std::to_string(now_));
    if (!stamped) return refuse({ResponseCode::message_illegal, stamped.error().str()});
    const auto client = remoting::find_property(properties_, remoting::property_name::kReplyToClient);
    if (!client) return pushed("reply message properties[REPLY_TO_CLIENT] is null");
    const remoting::PushReplyMessageRequestHeader header{
        .producer_group = producer_group_,
        .topic = topic_,
        .default_topic = default_topic_,
        .default_topic_queue_nums = header_.default_topic_queue_nums,
        .queue_id = header_.queue_id,
        .sys_flag = header_.sys_flag,
        .born_timestamp = header_.born_timestamp,
        .flag = header_.flag,
        .properties = properties_,
        .reconsume_times = header_.reconsume_times,
        .unit_mode = header_.unit_mode,
        .born_host = peer_,
        .store_host = serving_.identity.address,
        .store_timestamp = now_};
    const remoting::Slice body{*body_, body_};
    const std::string who(*client);
    const bool is_there = serving_.clients.ask_producer(
        who, {.code = RequestCode::push_reply_message_to_client, .header = header, .body = {&body, 1}},
        kPatience, [self = shared_from_this(), who](const auto& response) {
          const bool taken = response && response->code() == ResponseCode::success;
          self->pushed(taken ? "" : "push reply message to " + who + "fail.");
        });
    if (!is_there) pushed("push reply message fail, channel of <" + who + "> not found.");
  }

 private:
  void refuse(const api::Refusal& why) { serving_.sends.answers().refuse(to_, why); }

  // `why_not` empty: the client has it. It is stored in both cases, and a store that takes nothing does not
  // make a reply that came through fail.
  void pushed(std::string why_not) {
    const auto topic = serving_.topics.find(topic_);
    if (!serving_.config.store_replies || !topic || serving_.extensions.store() == nullptr)
      return finish(why_not, std::nullopt);
    api::Draft draft;
    draft.record = {
        .queue_id = header_.queue_id < 0 || header_.queue_id >= topic->write_queues ? 0 : header_.queue_id,
        .flag = header_.flag,
        .sys_flag = remoting::SysFlag(header_.sys_flag),
        .born_timestamp = header_.born_timestamp,
        .born_host = remoting::HostAddress::parse(peer_).value_or(remoting::HostAddress{}).unmapped(),
        .store_host = serving_.identity.host,
        .reconsume_times = header_.reconsume_times.value_or(0),
        .body = *body_,
        .topic = topic_,
        .properties = properties_};
    draft.tags_code = remoting::tags_code(properties_);
    serving_.sends.append(std::move(draft),
                          api::Completion<api::Appended>(
                              [self = shared_from_this(), why = std::move(why_not)](const auto& outcome) {
                                self->finish(why, outcome ? std::optional(*outcome) : std::nullopt);
                              }));
  }

  void finish(const std::string& why_not, const std::optional<api::Appended>& stored) {
    if (!why_not.empty()) return refuse({ResponseCode::system_error, why_not});
    const api::LogOffset at = stored ? stored->at : api::LogOffset{};
    serving_.sends.answers().stored(to_,
                                    {.at = {&at, 1},
                                     .queue_id = stored ? header_.queue_id : 0,
                                     .queue_offset = stored ? stored->queue_offset : api::QueueOffset{}},
                                    {});
  }

  Serving& serving_;
  ReplyHeader header_;
  const std::string producer_group_, topic_, default_topic_;
  std::string properties_;
  const std::shared_ptr<const std::string> body_;
  const std::string peer_;
  const std::int64_t now_;
  remoting::Responder to_;
};

void take_reply(Serving& serving, Connection& from, const Request& request) {
  const auto header = request.code() == RequestCode::send_reply_message
                          ? remoting::read_header<ReplyHeader>(request.command.fields)
                          : remoting::read_header_v2<ReplyHeader>(request.command.fields);
  const auto refuse_it = [&](const api::Refusal& why) { serving.sends.answers().refuse(from, request, why); };
  if (!header) return refuse_it({ResponseCode::system_error, header.error().text()});
  if (auto topic = api::TopicName::parse(header->topic); !topic) return refuse_it(topic.error());
  if (is_closed_to_senders(header->topic)) return refuse_it(closed_to_senders(header->topic));
  const auto topic = serving.topics.find(header->topic);
  if (!topic) return refuse_it(no_such_topic(header->topic));
  if (!topic->writable()) return refuse_it(not_writable(*topic));
  std::make_shared<Reply>(serving, from, request, *header, from.answer_later(request))->begin();
}

}  // namespace

void add_reply_handlers(access::RequestTable& table, Serving& serving) {
  for (const auto code : {RequestCode::send_reply_message, RequestCode::send_reply_message_v2})
    table.add(code, Right::publish,
              [&serving](Connection& from, const Request& request) { take_reply(serving, from, request); });
}

}  // namespace gantry::kernel
