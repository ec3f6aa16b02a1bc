// Administration of topics: 17, 21, 202, 215, 300, 305, 351.
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "kernel/stored_times.h"
#include "kernel/topic_table.h"
#include "remoting/bodies/group_list.h"
#include "remoting/bodies/topic_config.h"
#include "remoting/bodies/topic_list.h"
#include "remoting/bodies/topic_stats.h"
#include "remoting/headers/topics.h"
#include "remoting/quoted.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using Turn = TopicMaker::Turns::Turn;

// --- 17

api::Result<api::TopicName> changeable_topic(const Serving& serving, std::string_view topic) {
  auto name = api::TopicName::parse(topic);
  if (name && is_system_topic(topic, serving.config))
    return api::Refusal{.text = "The topic[" + name->str() + "] is conflict with system topic."};
  return name;
}

api::Result<api::Topic> wanted_topic(const Serving& serving, const remoting::CreateTopicRequestHeader& said) {
  auto name = changeable_topic(serving, said.topic);
  if (!name) return name.error();
  const std::int32_t most = serving.config.max_topic_queues;
  for (const std::int32_t queues : {said.read_queue_nums, said.write_queue_nums}) {
    if (queues <= most) continue;
    return api::Refusal{.text = "topic " + name->str() + " cannot have " + std::to_string(queues) +
                                " queues: " + std::to_string(most) + " are allowed (max_topic_queues)"};
  }
  const bool multi_tag = said.topic_filter_type == "MULTI_TAG";
  if (!multi_tag && said.topic_filter_type != "SINGLE_TAG")
    return api::Refusal{.text = "topicFilterType " + remoting::quoted(said.topic_filter_type) +
                                " is none: SINGLE_TAG or MULTI_TAG is needed"};
  return api::Topic{.name = std::move(*name),
                    .read_queues = said.read_queue_nums,
                    .write_queues = said.write_queue_nums,
                    .perm = said.perm,
                    .order = said.order,
                    .sys_flag = said.topic_sys_flag.value_or(0),
                    .multi_tag = multi_tag};
}

void update_topic(Serving& serving, Connection& from, const Request& request,
                  const remoting::CreateTopicRequestHeader& header) {
  if (refused_by_slave(serving, from, request)) return;
  auto wanted = wanted_topic(serving, header);
  if (!wanted) return refuse(from, request, wanted.error());
  const auto to = share_answer(from, request);
  const std::string name = wanted->name.str();
  serving.topic_maker.turns().change(name, [&serving, to, topic = std::move(*wanted),
                                            by = std::string(from.peer())](const Turn& turn) {
    const auto there = serving.topics.find(topic.name);
    if (there && *there == topic) return to->answer({});
    Places<api::Topics>::Place place;
    if (!there) {
      auto free = serving.topic_maker.turns().places().take();
      if (!free)
        return refuse(*to, {.text = "topic " + topic.name.str() + " cannot be made: " + free.error().text});
      place = *std::move(free);
    }
    serving.topics.put(topic, api::Completion<void>([&serving, to, topic, by, turn,
                                                     place](const api::Result<void>& outcome) mutable {
                         place.reset();
                         if (!outcome) return refuse(*to, outcome.error());
                         serving.log.info("topic set", {{"name", topic.name},
                                                        {"read_queues", topic.read_queues},
                                                        {"write_queues", topic.write_queues},
                                                        {"perm", topic.perm},
                                                        {"by", by}});
                         to->answer({});
                       }));
  });
}

// --- 215

// A topic on its way out: first nobody can send to it any more, then its queues go, then how far they were
// consumed, so that one that gets the name later is consumed from its beginning. Told once none of it can
// come back; who finds it half done, after a failure or a crash, asks again.
class Deletion : public std::enable_shared_from_this<Deletion> {
 public:
  Deletion(Serving& serving, api::TopicName name, SharedResponder to, std::string by)
      : serving_(serving), name_(std::move(name)), to_(std::move(to)), by_(std::move(by)) {}

  void begin(Turn turn) {
    turn_ = std::move(turn);
    serving_.topics.remove(name_, then(&Deletion::remove_queues));
  }

 private:
  api::Completion<void> then(void (Deletion::*next)()) {
    return api::Completion<void>([self = shared_from_this(), next](const api::Result<void>& outcome) {
      outcome ? ((*self).*next)() : self->fail(outcome.error());
    });
  }
  void remove_queues() {
    api::MessageStore* const store = serving_.extensions.store();
    if (store == nullptr) return forget_offsets();
    store->remove_topic(name_, then(&Deletion::forget_offsets));
  }
  void forget_offsets() {
    serving_.offsets.forget_topic(name_);
    serving_.save_offsets(then(&Deletion::end));
  }
  void end() {
    serving_.log.info("topic deleted", {{"name", name_}, {"by", by_}});
    to_->answer({});
    turn_.reset();
  }
  void fail(const api::Refusal& why) {
    serving_.log.error("topic cannot be deleted", {{"name", name_}, {"reason", why.text}, {"by", by_}});
    refuse(*to_, {.code = why.code, .text = "topic " + name_.str() + " is not deleted: " + why.text});
    turn_.reset();
  }

  Serving& serving_;
  const api::TopicName name_;
  const SharedResponder to_;
  const std::string by_;
  Turn turn_;
};

void delete_topic(Serving& serving, Connection& from, const Request& request,
                  const remoting::DeleteTopicRequestHeader& header) {
  if (refused_by_slave(serving, from, request)) return;
  auto name = changeable_topic(serving, header.topic);
  if (!name) return refuse(from, request, name.error());
  auto deletion = std::make_shared<Deletion>(serving, std::move(*name), share_answer(from, request),
                                             std::string(from.peer()));
  serving.topic_maker.turns().change(header.topic,
                                     [deletion](Turn turn) { deletion->begin(std::move(turn)); });
}

// --- 21, 351, 305

void list_all_topics(Serving& serving, Connection& from, const Request& request) {
  succeed(from, request, {}, {to_json(all_to_wire(serving.topics)), nullptr});
}

void show_topic(Serving& serving, Connection& from, const Request& request,
                const remoting::GetTopicConfigRequestHeader& header) {
  const auto topic = serving.topics.find(header.topic);
  if (!topic)
    return refuse(from, request, ResponseCode::topic_not_exist,
                  "No topic in this broker. topic: " + named(header.topic));
  succeed(from, request, {}, {to_json(to_wire(*topic)), nullptr});
}

void list_system_topics(Serving& serving, Connection& from, const Request& request) {
  const remoting::TopicList list{.topic_list = system_topics(serving.config)};
  succeed(from, request, {}, {to_json(list), nullptr});
}

// --- 202

// When each queue's last message was stored: looked up one by one, answered by the last look-up to end.
class StatsAnswer {
 public:
  StatsAnswer(std::string topic, std::string broker, std::vector<remoting::TopicOffset> queues,
              SharedResponder to)
      : topic_(std::move(topic)),
        broker_(std::move(broker)),
        queues_(std::move(queues)),
        to_(std::move(to)) {}
  StatsAnswer(const StatsAnswer&) = delete;

  // The last one that holds it is gone.
  ~StatsAnswer() {
    remoting::TopicStatsTable table;
    for (std::size_t queue = 0; queue < queues_.size(); ++queue)
      table.offset_table.emplace(
          remoting::MessageQueue{
              .topic = topic_, .broker_name = broker_, .queue_id = static_cast<int>(queue)},
          queues_[queue]);
    const std::string text = to_json(table);
    const remoting::Slice body{text, nullptr};
    to_->answer({.body = {&body, 1}});
  }

  std::size_t queues() const { return queues_.size(); }
  remoting::TopicOffset& queue(std::size_t number) { return queues_[number]; }

 private:
  const std::string topic_;
  const std::string broker_;
  std::vector<remoting::TopicOffset> queues_;  // each touched by its own look-up alone
  const SharedResponder to_;
};

// A time that cannot be read is 0, as that of a queue without messages.
void tell_topic_stats(Serving& serving, Connection& from, const Request& request,
                      const remoting::GetTopicStatsInfoRequestHeader& header) {
  const auto topic = serving.topics.find(header.topic);
  if (!topic)
    return refuse(from, request, ResponseCode::topic_not_exist,
                  "topic[" + named(header.topic) + "] not exist");
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  std::vector<remoting::TopicOffset> queues(static_cast<std::size_t>(std::max(topic->write_queues, 0)));
  for (std::size_t queue = 0; queue < queues.size(); ++queue) {
    const auto range = store->range(header.topic, api::QueueId{static_cast<std::int32_t>(queue)});
    if (range) queues[queue] = {.max_offset = range->end.value, .min_offset = range->first.value};
  }
  const auto answer = std::make_shared<StatsAnswer>(topic->name.str(), serving.identity.name,
                                                    std::move(queues), share_answer(from, request));
  for (std::size_t queue = 0; queue < answer->queues(); ++queue) {
    const remoting::TopicOffset& there = answer->queue(queue);
    if (there.max_offset == there.min_offset) continue;
    stored_times(*store, topic->name, api::QueueId{static_cast<std::int32_t>(queue)}, {there.max_offset - 1},
                 1, [answer, queue](const api::Result<std::vector<std::int64_t>>& times) {
                   if (times && !times->empty()) answer->queue(queue).last_update_timestamp = times->front();
                 });
  }
}

// --- 300

// Who wants it now, and who has consumed of it before.
void list_groups_of_topic(Serving& serving, Connection& from, const Request& request,
                          const remoting::QueryTopicConsumeByWhoRequestHeader& header) {
  std::set<std::string> groups;
  for (auto& group : serving.clients.groups_for(header.topic)) groups.insert(std::move(group));
  for (const auto& group : serving.offsets.groups_of(header.topic)) groups.insert(group.str());
  const remoting::GroupList list{.group_list = {groups.begin(), groups.end()}};
  succeed(from, request, {}, {to_json(list), nullptr});
}

}  // namespace

void add_topic_handlers(access::RequestTable& table, Serving& serving) {
  const auto with = [&serving](auto handler) {
    return [&serving, handler](Connection& from, const Request& request, const auto& header) {
      handler(serving, from, request, header);
    };
  };
  table.add<remoting::CreateTopicRequestHeader>(RequestCode::update_and_create_topic, Right::administer,
                                                with(update_topic));
  table.add<remoting::DeleteTopicRequestHeader>(RequestCode::delete_topic_in_broker, Right::administer,
                                                with(delete_topic));
  table.add<remoting::GetTopicConfigRequestHeader>(RequestCode::get_topic_config, Right::inspect,
                                                   with(show_topic));
  table.add<remoting::GetTopicStatsInfoRequestHeader>(RequestCode::get_topic_stats_info, Right::inspect,
                                                      with(tell_topic_stats));
  table.add<remoting::QueryTopicConsumeByWhoRequestHeader>(RequestCode::query_topic_consume_by_who,
                                                           Right::inspect, with(list_groups_of_topic));
  table.add(
      RequestCode::get_all_topic_config, Right::inspect,
      [&serving](Connection& from, const Request& request) { list_all_topics(serving, from, request); });
  table.add(
      RequestCode::get_system_topic_list_from_broker, Right::inspect,
      [&serving](Connection& from, const Request& request) { list_system_topics(serving, from, request); });
}

}  // namespace gantry::kernel
