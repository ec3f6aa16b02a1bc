// How far groups have come, and where queues begin and end: 14, 15, 29, 30, 31, 32.
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "kernel/refusals.h"
#include "kernel/stored_times.h"
#include "remoting/headers/offsets.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using api::QueueId;
using api::QueueOffset;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using Range = api::MessageStore::Range;

Range range_or_nothing(const api::MessageStore& store, std::string_view topic, std::int32_t queue) {
  return store.range(topic, QueueId{queue}).value_or(Range{});
}

// --- 14

// Only this code tells a client that there is no offset; with any other some would take that for granted too.
constexpr remoting::Answer kNoOffset{
    .code = ResponseCode::query_not_found,
    .remark = "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first"};

// Of a group that has committed nothing: whether it begins with the queue's first message, wherever it would
// begin otherwise. It does when nothing is missing before it and nobody has to go to the disk for it.
bool begins_at_zero(const api::ReadOutcome& first_message) {
  switch (first_message.status) {
    case api::ReadStatus::no_queue:
    case api::ReadStatus::empty_queue:
      return true;
    case api::ReadStatus::found:
      return !first_message.cold;
    case api::ReadStatus::none_matches:
    case api::ReadStatus::too_small:
    case api::ReadStatus::at_the_end:
    case api::ReadStatus::past_the_end:
    case api::ReadStatus::being_removed:
      break;
  }
  return false;
}

void query_offset(Serving& serving, Connection& from, const Request& request,
                  const remoting::QueryConsumerOffsetRequestHeader& header) {
  const QueueId queue{header.queue_id};
  if (const auto there = serving.offsets.committed(header.consumer_group, header.topic, queue))
    return succeed(from, request, remoting::QueryConsumerOffsetResponseHeader{there->value});
  api::MessageStore* const store = serving.extensions.store();
  // A slave has the offsets that its master has sent, and cannot know that there is none.
  const bool may_begin_at_zero =
      store != nullptr && serving.identity.id == 0 && header.set_zero_if_not_found.value_or(true);
  if (!may_begin_at_zero) return from.answer(request, kNoOffset);
  const api::ReadRequest first_message{
      .topic = header.topic, .queue = queue, .from = {0}, .most_messages = 1, .filter = nullptr};
  store->read(first_message, [&serving, to = share_answer(from, request), topic = std::string(header.topic),
                              queue](const api::Result<api::ReadOutcome>& read) {
    if (!read)
      serving.alarms.warn("a queue's first message cannot be read; a new group begins where it wants to",
                          {{"topic", topic}, {"queue", number(queue)}, {"reason", read.error().text}});
    if (!read || !begins_at_zero(*read)) return to->answer(kNoOffset);
    to->answer({.header = remoting::QueryConsumerOffsetResponseHeader{0}});
  });
}

// --- 15

std::string queue_text(const remoting::UpdateConsumerOffsetRequestHeader& header) {
  return "queue " + std::to_string(header.queue_id) + " of topic " + named(header.topic);
}

std::string why_behind(const Serving& serving, const remoting::UpdateConsumerOffsetRequestHeader& header) {
  const auto there = serving.offsets.committed(header.consumer_group, header.topic, QueueId{header.queue_id});
  const std::string stands = there ? " stands at " + std::to_string(there->value) : " has come further";
  return "group " + named(header.consumer_group) + stands + " in " + queue_text(header) + "; " +
         std::to_string(header.commit_offset) +
         " is behind that and was not taken. To go back, stop its consumers first, or use resetOffsetByTime";
}

// Whoever may create a group by being there may commit for one that is not there yet.
bool is_known(const Serving& serving, std::string_view group) {
  return serving.config.auto_create_groups || serving.groups.find(group);
}

// Consumers are there when they commit; so who wants an answer while nobody is must be a tool.
OffsetCommits::By sender_of(const Serving& serving, const Request& request,
                            const remoting::UpdateConsumerOffsetRequestHeader& header) {
  if (request.command.is_oneway()) return OffsetCommits::By::consumer;
  const auto known = serving.clients.subscribed(header.consumer_group, header.topic).known;
  return known == ClientTable::Known::no_group ? OffsetCommits::By::tool : OffsetCommits::By::consumer;
}

void update_offset(Serving& serving, Connection& from, const Request& request,
                   const remoting::UpdateConsumerOffsetRequestHeader& header) {
  // ali-ons commits -1 for a queue from which it has had nothing yet.
  if (header.commit_offset < 0) return succeed(from, request);
  const auto group = api::GroupName::parse(header.consumer_group);
  if (!group) return refuse(from, request, group.error());
  if (!is_known(serving, group->str()))
    return refuse(from, request, ResponseCode::subscription_group_not_exist,
                  "group " + group->str() + " does not exist; no offset of it was taken");
  const auto topic = serving.topics.find(header.topic);
  if (!topic)
    return refuse(from, request, ResponseCode::topic_not_exist,
                  "topic " + named(header.topic) + " does not exist; no offset for it was taken");
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const QueueId queue{header.queue_id};
  const auto range = store->range(topic->name.view(), queue);
  // A queue beyond the topic's has been one of it when it has messages.
  const std::int32_t queues = std::max(topic->read_queues, topic->write_queues);
  if (header.queue_id < 0 || (header.queue_id >= queues && !range))
    return refuse(from, request, ResponseCode::system_error,
                  "there is no " + queue_text(header) + ", which has " + std::to_string(queues) + " queues");
  const QueueOffset end = range ? range->end : QueueOffset{};
  switch (serving.commits.commit({*group, topic->name, queue, {header.commit_offset}, end},
                                 sender_of(serving, request, header))) {
    case OffsetCommits::Outcome::taken:
    case OffsetCommits::Outcome::taken_back:
      return succeed(from, request);
    case OffsetCommits::Outcome::behind:
      return refuse(from, request, ResponseCode::system_error, why_behind(serving, header));
    case OffsetCommits::Outcome::past_the_end:
      return refuse(from, request, ResponseCode::system_error,
                    "offset " + std::to_string(header.commit_offset) + " is past the end of " +
                        queue_text(header) + ", which is " + std::to_string(end.value) +
                        "; it was not taken");
  }
}

// --- 29

enum class Boundary : std::uint8_t { nearest, lower, upper };

// 4.x clients send none. One that nobody knows is as good as none.
Boundary boundary_of(const remoting::SearchOffsetRequestHeader& header) {
  const std::string_view said = header.boundary_type.value_or("");
  if (said == "LOWER" || said == "lower") return Boundary::lower;
  if (said == "UPPER" || said == "upper") return Boundary::upper;
  return Boundary::nearest;
}

struct Search {
  api::MessageStore& store;
  std::string topic;
  QueueId queue;
  std::int64_t ms;
  SharedResponder to;

  void answer(QueueOffset at) const {
    to->answer({.header = remoting::SearchOffsetResponseHeader{at.value}});
  }
};

// Of the message before that time and the one after it: the nearer one, the earlier one when both are.
void answer_nearest(const Search& search, QueueOffset after) {
  const auto [first, end] = range_or_nothing(search.store, search.topic, number(search.queue));
  if (after <= first) return search.answer(first);
  const QueueOffset before = after + -1;
  if (after >= end) return search.answer(std::max(first, end + -1));
  stored_times(search.store, search.topic, search.queue, before, 2,
               [search, before, after](const api::Result<std::vector<std::int64_t>>& times) {
                 if (!times) return refuse(*search.to, times.error());
                 if (times->size() < 2) return search.answer(after);  // the first one is gone by now
                 const bool later = times->back() - search.ms < search.ms - times->front();
                 search.answer(times->back() == search.ms || later ? after : before);
               });
}

// The last message stored until then; without one the first that is there.
void answer_upper(const Search& search, QueueOffset after) {
  const auto range = range_or_nothing(search.store, search.topic, number(search.queue));
  search.answer(std::max(range.first, after + -1));
}

void search_offset(Serving& serving, Connection& from, const Request& request,
                   const remoting::SearchOffsetRequestHeader& header) {
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const Boundary boundary = boundary_of(header);
  const std::int64_t last_ms = std::numeric_limits<std::int64_t>::max();
  const bool behind_it = boundary == Boundary::upper && header.timestamp < last_ms;
  const Search search{*store, std::string(header.topic), QueueId{header.queue_id}, header.timestamp,
                      share_answer(from, request)};
  store->find_by_time(header.topic, search.queue, header.timestamp + (behind_it ? 1 : 0),
                      [search, boundary](const api::Result<QueueOffset>& found) {
                        if (!found) return refuse(*search.to, found.error());
                        switch (boundary) {
                          case Boundary::lower:
                            return search.answer(*found);
                          case Boundary::upper:
                            return answer_upper(search, *found);
                          case Boundary::nearest:
                            return answer_nearest(search, *found);
                        }
                      });
}

// --- 30, 31, 32: of a queue that is not there as of one that has never had a message

void max_offset(Serving& serving, Connection& from, const Request& request,
                const remoting::GetMaxOffsetRequestHeader& header) {
  const api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const Range range = range_or_nothing(*store, header.topic, header.queue_id);
  succeed(from, request, remoting::GetMaxOffsetResponseHeader{range.end.value});
}

void min_offset(Serving& serving, Connection& from, const Request& request,
                const remoting::GetMinOffsetRequestHeader& header) {
  const api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const Range range = range_or_nothing(*store, header.topic, header.queue_id);
  succeed(from, request, remoting::GetMinOffsetResponseHeader{range.first.value});
}

void earliest_time(Serving& serving, Connection& from, const Request& request,
                   const remoting::GetEarliestMsgStoretimeRequestHeader& header) {
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const Range range = range_or_nothing(*store, header.topic, header.queue_id);
  stored_times(*store, header.topic, QueueId{header.queue_id}, range.first, 1,
               [to = share_answer(from, request)](const api::Result<std::vector<std::int64_t>>& times) {
                 if (!times) return refuse(*to, times.error());
                 const std::int64_t ms = times->empty() ? -1 : times->front();
                 to->answer({.header = remoting::GetEarliestMsgStoretimeResponseHeader{ms}});
               });
}

}  // namespace

void add_offset_handlers(access::RequestTable& table, Serving& serving) {
  const auto add = [&]<class Header>(RequestCode code,
                                     void (*handle)(Serving&, Connection&, const Request&, const Header&)) {
    table.add<Header>(code, Right::consume,
                      [&serving, handle](Connection& from, const Request& request, const Header& header) {
                        handle(serving, from, request, header);
                      });
  };
  add(RequestCode::query_consumer_offset, query_offset);
  add(RequestCode::update_consumer_offset, update_offset);
  add(RequestCode::search_offset_by_timestamp, search_offset);
  add(RequestCode::get_max_offset, max_offset);
  add(RequestCode::get_min_offset, min_offset);
  add(RequestCode::get_earliest_msg_storetime, earliest_time);
}

}  // namespace gantry::kernel
