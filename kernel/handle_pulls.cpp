// Messages that clients pull: 11, and 361 of 5.x. One that finds nothing may wait for messages.
#include "kernel/filters.h"
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/parked_requests.h"
#include "kernel/refusals.h"
#include "remoting/headers/pull_message.h"

#include <algorithm>
#include <chrono>
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
using PullHeader = remoting::PullMessageRequestHeader;

constexpr std::chrono::milliseconds kLongestWait = std::chrono::minutes(5);

// Bits of a pull's sysFlag. Frozen: wire.
constexpr std::int32_t kCommitsOffset = 1;
constexpr std::int32_t kMayWait = 2;
constexpr std::int32_t kHasSubscription = 4;
constexpr std::int32_t kClassFilter = 8;

std::string_view name_of(api::ReadStatus status) {
  switch (status) {
    case api::ReadStatus::found:
      return "FOUND";
    case api::ReadStatus::none_matches:
      return "NO_MATCHED_MESSAGE";
    case api::ReadStatus::empty_queue:
      return "NO_MESSAGE_IN_QUEUE";
    case api::ReadStatus::no_queue:
      return "NO_MATCHED_LOGIC_QUEUE";
    case api::ReadStatus::too_small:
      return "OFFSET_TOO_SMALL";
    case api::ReadStatus::at_the_end:
      return "OFFSET_OVERFLOW_ONE";
    case api::ReadStatus::past_the_end:
      return "OFFSET_OVERFLOW_BADLY";
    case api::ReadStatus::being_removed:
      return "MESSAGE_WAS_REMOVING";
  }
  return "UNKNOWN";
}

ResponseCode code_of(api::ReadStatus status, api::QueueOffset asked) {
  switch (status) {
    case api::ReadStatus::found:
      return ResponseCode::success;
    case api::ReadStatus::none_matches:
    case api::ReadStatus::being_removed:
      return ResponseCode::pull_retry_immediately;
    case api::ReadStatus::no_queue:
    case api::ReadStatus::empty_queue:
      return asked.value == 0 ? ResponseCode::pull_not_found : ResponseCode::pull_offset_moved;
    case api::ReadStatus::at_the_end:
      return ResponseCode::pull_not_found;
    case api::ReadStatus::too_small:
    case api::ReadStatus::past_the_end:
      return ResponseCode::pull_offset_moved;
  }
  return ResponseCode::system_error;
}

// One pull, from its request to its answer.
class Pull : public std::enable_shared_from_this<Pull> {
 public:
  struct Wish {
    std::shared_ptr<const api::Group> group;
    std::shared_ptr<const api::Topic> topic;
    api::QueueId queue{};
    api::QueueOffset from;
    std::size_t most_messages = 0;
    std::shared_ptr<const api::Filter> filter;
    std::optional<std::chrono::milliseconds> waits;  // for messages
  };
  Pull(Serving& serving, const Connection& connection, remoting::Responder to, Wish wish)
      : serving_(serving),
        owner_{connection.id(), connection.io_thread()},
        to_(std::move(to)),
        wish_(std::move(wish)),
        next_(wish_.from) {}

  void begin() {
    if (wish_.waits) until_ = serving_.clock.now() + *wish_.waits;
    read();
  }

 private:
  void read() {
    const api::ReadRequest request{.topic = wish_.topic->name.view(),
                                   .queue = wish_.queue,
                                   .from = next_,
                                   .most_messages = wish_.most_messages,
                                   .most_bytes = serving_.config.pull_most_bytes,
                                   .filter = wish_.filter.get()};
    serving_.extensions.store()->read(
        request, [self = shared_from_this()](const auto& outcome) { self->came(outcome); });
  }

  void came(const api::Result<api::ReadOutcome>& outcome) {
    if (!outcome) return refuse(to_, outcome.error());
    if (wait_on(*outcome)) return;
    answer(*outcome);
  }

  // True: it is parked.
  bool wait_on(const api::ReadOutcome& outcome) {
    if (!until_) return false;
    // The first time what does not match is told at once, so that the client's offset moves on. Woken, it
    // goes on waiting for what does.
    const bool passed_over = woken_ && outcome.status == api::ReadStatus::none_matches;
    if (!passed_over && code_of(outcome.status, next_) != ResponseCode::pull_not_found) return false;
    if (passed_over) next_ = outcome.next;
    to_.set_aside();
    // From here on it may be woken, and answer, on another thread.
    const auto parked =
        serving_.parked.park({wish_.topic->name.view(), wish_.queue, next_}, *until_, owner_,
                             [self = shared_from_this()](api::Woken why) { self->wake(why); });
    return parked.has_value();
  }

  void wake(api::Woken why) {
    woken_ = true;
    if (why != api::Woken::messages) until_.reset();
    read();
  }

  void answer(const api::ReadOutcome& outcome) {
    // What was passed over while it waited is told, so that it is not read again.
    const bool moved_on = next_ != wish_.from && outcome.status == api::ReadStatus::at_the_end;
    const auto status = moved_on ? api::ReadStatus::none_matches : outcome.status;
    const bool suggests_slave = outcome.cold && serving_.config.slave_reads;
    const remoting::PullMessageResponseHeader header{
        .suggest_which_broker_id = !serving_.config.slave_reads ? 0
                                   : suggests_slave             ? wish_.group->broker_when_slow
                                                                : wish_.group->broker_id,
        .next_begin_offset = outcome.next.value,
        .min_offset = outcome.first.value,
        .max_offset = outcome.end.value};
    const auto code = code_of(status, next_);
    if (code == ResponseCode::pull_offset_moved && outcome.next < next_)
      serving_.commits.sent_to(wish_.group->name.view(), wish_.topic->name.view(), wish_.queue, outcome.next);
    to_.answer({.code = code, .remark = name_of(status), .header = header, .body = outcome.messages});
  }

  Serving& serving_;
  const ParkedRequests::Owner owner_;
  remoting::Responder to_;
  const Wish wish_;
  api::QueueOffset next_;
  std::optional<std::chrono::steady_clock::time_point> until_;  // none: it does not wait, or no longer
  bool woken_ = false;
};

class PullHandler {
 public:
  explicit PullHandler(Serving& serving) : serving_(serving) {}

  void handle(Connection& from, const Request& request, const PullHeader& header) const {
    if (store_or_refuse(serving_, from, request) == nullptr) return;
    auto wish = check(header);
    if (!wish) return refuse(from, request, wish.error());
    if ((header.sys_flag & kCommitsOffset) != 0 && serving_.identity.id == 0)
      commit(*wish, header.commit_offset);
    std::make_shared<Pull>(serving_, from, from.answer_later(request), *std::move(wish))->begin();
  }

 private:
  // Whatever becomes of it, the pull goes on.
  void commit(const Pull::Wish& wish, std::int64_t offset) const {
    if (offset < 0) return;
    const auto range = serving_.extensions.store()->range(wish.topic->name.view(), wish.queue);
    const api::QueueOffset end = range ? range->end : api::QueueOffset{};
    serving_.commits.commit({wish.group->name, wish.topic->name, wish.queue, {offset}, end},
                            OffsetCommits::By::consumer);
  }

  api::Result<Pull::Wish> check(const PullHeader& header) const {
    auto group = find_or_make_group(serving_, header.consumer_group);
    if (!group) return group.error();
    Pull::Wish wish{.group = *std::move(group),
                    .topic = serving_.topics.find(header.topic),
                    .queue = api::QueueId{header.queue_id},
                    .from = {header.queue_offset},
                    .most_messages = most_of(header),
                    .waits = wait_of(header)};
    if (!wish.group->consume_enabled)
      return api::Refusal{ResponseCode::no_permission,
                          "subscription group no permission, " + std::string(header.consumer_group)};
    if (!wish.topic) return no_such_topic(header.topic);
    if (!wish.topic->readable())
      return api::Refusal{ResponseCode::no_permission, "the topic[" + std::string(header.topic) +
                                                           "] pulling message is forbidden: its perm is " +
                                                           std::to_string(wish.topic->perm) +
                                                           ", and 4 is missing in it"};
    if (header.queue_id < 0 || header.queue_id >= wish.topic->read_queues)
      return api::Refusal{ResponseCode::system_error,
                          "queueId[" + std::to_string(header.queue_id) + "] is illegal: the topic[" +
                              std::string(header.topic) + "] has " + std::to_string(wish.topic->read_queues) +
                              " queues here, from 0 on"};
    auto filter = filter_of(header, *wish.group);
    if (!filter) return filter.error();
    wish.filter = *std::move(filter);
    return wish;
  }

  std::size_t most_of(const PullHeader& header) const {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(header.max_msg_nums, 1, serving_.config.pull_most_messages));
  }

  std::optional<std::chrono::milliseconds> wait_of(const PullHeader& header) const {
    if ((header.sys_flag & kMayWait) == 0) return std::nullopt;
    if (!serving_.config.long_polling) return serving_.config.short_polling_time;
    const auto asked = std::chrono::milliseconds(
        std::clamp<std::int64_t>(header.suspend_timeout_millis, 0, kLongestWait.count()));
    if (asked.count() == 0) return std::nullopt;
    return asked;
  }

  Filters::Found filter_of(const PullHeader& header, const api::Group& group) const {
    std::string_view type = header.expression_type.value_or("");
    std::string_view expression = header.subscription.value_or("");
    ClientTable::Subscribed known;
    if ((header.sys_flag & kHasSubscription) == 0) {
      known = serving_.clients.subscribed(header.consumer_group, header.topic);
      if (auto why = why_not_subscribed(known, header, group)) return *std::move(why);
      type = known.subscription->expression_type;
      expression = known.subscription->sub_string;
      if (known.subscription->class_filter_mode) return Filters::Found(nullptr);
    }
    if ((header.sys_flag & kClassFilter) != 0) return Filters::Found(nullptr);
    // A message that comes again was wanted before; what an expression asks for may not be in it any more.
    const bool is_tag = type.empty() || type == "TAG";
    if (!is_tag && header.topic.starts_with(kRetryTopicPrefix) && !serving_.config.filter_retries)
      return Filters::Found(nullptr);
    return serving_.filters.find(type, {header.consumer_group, header.topic, expression});
  }

  static std::optional<api::Refusal> why_not_subscribed(const ClientTable::Subscribed& known,
                                                        const PullHeader& header, const api::Group& group) {
    const std::string who = named(header.consumer_group) + ", topic " + named(header.topic);
    if (known.known == ClientTable::Known::no_group)
      return api::Refusal{
          ResponseCode::subscription_not_exist,
          "the consumer's group info not exist: nobody of group " + who + " has sent a heartbeat"};
    if (!group.broadcast_enabled && known.model == remoting::MessageModel::broadcasting)
      return api::Refusal{ResponseCode::no_permission,
                          "the consumer group[" + group.name.str() + "] can not consume by broadcast way"};
    if (known.known == ClientTable::Known::no_subscription)
      return api::Refusal{ResponseCode::subscription_not_exist,
                          "the consumer's subscription not exist: group " + who};
    if (known.subscription->sub_version < header.sub_version)
      return api::Refusal{ResponseCode::subscription_not_latest,
                          "the consumer's subscription not latest: group " + who};
    return std::nullopt;
  }

  Serving& serving_;
};

}  // namespace

void add_pull_handlers(access::RequestTable& table, Serving& serving) {
  const auto handler = std::make_shared<PullHandler>(serving);
  for (const auto code : {RequestCode::pull_message, RequestCode::lite_pull_message})
    table.add<PullHeader>(code, Right::consume,
                          [handler](Connection& from, const Request& request, const PullHeader& header) {
                            handler->handle(from, request, header);
                          });
  table.at_close([&serving](Connection& connection) { serving.parked.closed(connection.id()); });
}

}  // namespace gantry::kernel
