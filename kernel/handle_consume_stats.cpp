// How far a group is behind (208), and the offsets of one group for another (314).
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "kernel/stored_times.h"
#include "remoting/bodies/consume_stats.h"
#include "remoting/headers/groups.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {
namespace {

using access::Right;
using api::QueueId;
using api::QueueOffset;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

// The topic that was named, or all that the group has offsets of; of these, those that are there. One to
// which the group's consumers have not subscribed is none of it any more.
std::vector<std::shared_ptr<const api::Topic>> topics_of(const Serving& serving, std::string_view group,
                                                         std::string_view named, bool subscribed_only) {
  std::vector<std::string> names{std::string(named)};
  if (named.empty()) {
    names.clear();
    for (const auto& name : serving.offsets.topics_of(group)) names.push_back(name.str());
  }
  std::vector<std::shared_ptr<const api::Topic>> found;
  for (const auto& name : names) {
    auto topic = serving.topics.find(name);
    if (!topic) continue;
    const auto known = serving.clients.subscribed(group, name).known;
    if (subscribed_only && known == ClientTable::Known::no_subscription) continue;
    found.push_back(std::move(topic));
  }
  return found;
}

// --- 208

// One answer in the making: the times of the last messages come in any order, on any thread.
class Progress {
 public:
  explicit Progress(SharedResponder to) : to_(std::move(to)) {}

  void add(const remoting::MessageQueue& queue, const remoting::OffsetWrapper& offsets) {
    queues_.emplace_back(queue, offsets);
  }

  // Nothing is added any more. Each queue's time is its own place, so that none waits for another.
  static void find_times(const std::shared_ptr<Progress>& self, api::MessageStore& store) {
    self->missing_ = self->queues_.size() + 1;
    for (auto& [queue, offsets] : self->queues_) {
      if (offsets.consumer_offset <= 0) {
        self->one_less();
        continue;
      }
      stored_times(store, queue.topic, QueueId{queue.queue_id}, {offsets.consumer_offset - 1}, 1,
                   [self, &ms = offsets.last_timestamp](const api::Result<std::vector<std::int64_t>>& times) {
                     if (times && !times->empty()) ms = times->front();
                     self->one_less();
                   });
    }
    self->one_less();
  }

 private:
  void one_less() {
    if (missing_.fetch_sub(1) != 1) return;
    remoting::ConsumeStats stats;
    stats.offset_table = {queues_.begin(), queues_.end()};
    const std::string text = to_json(stats);
    const remoting::Slice body{text, nullptr};
    to_->answer({.body = std::span(&body, 1)});
  }

  const SharedResponder to_;
  std::vector<std::pair<remoting::MessageQueue, remoting::OffsetWrapper>> queues_;
  std::atomic<std::size_t> missing_ = 0;
};

void consume_stats(Serving& serving, Connection& from, const Request& request,
                   const remoting::GetConsumeStatsRequestHeader& header) {
  api::MessageStore* const store = store_or_refuse(serving, from, request);
  if (store == nullptr) return;
  const auto progress = std::make_shared<Progress>(share_answer(from, request));
  for (const auto& topic : topics_of(serving, header.consumer_group, header.topic.value_or(""), true)) {
    const auto committed = serving.offsets.committed(header.consumer_group, topic->name.view());
    for (std::int32_t queue = 0; queue < topic->read_queues; ++queue) {
      const auto range = store->range(topic->name.view(), QueueId{queue});
      const auto there = committed.find(QueueId{queue});
      progress->add({.topic = topic->name.str(), .broker_name = serving.identity.name, .queue_id = queue},
                    {.broker_offset = range ? range->end.value : 0,
                     .consumer_offset = there == committed.end() ? 0 : there->second.value});
    }
  }
  Progress::find_times(progress, *store);
}

// --- 314

// What an operator wants: the other group's offsets go back, too.
void clone_offsets(Serving& serving, Connection& from, const Request& request,
                   const remoting::CloneGroupOffsetRequestHeader& header) {
  const auto to = api::GroupName::parse(header.dest_group);
  if (!to) return refuse(from, request, to.error());
  for (const auto& topic : topics_of(serving, header.src_group, header.topic.value_or(""), !header.offline))
    for (const auto& [queue, offset] : serving.offsets.committed(header.src_group, topic->name.view()))
      serving.offsets.reset(*to, topic->name, queue, offset);
  succeed(from, request);
}

}  // namespace

void add_consume_stats_handlers(access::RequestTable& table, Serving& serving) {
  table.add<remoting::GetConsumeStatsRequestHeader>(
      RequestCode::get_consume_stats, Right::consume,
      [&serving](Connection& from, const Request& request,
                 const remoting::GetConsumeStatsRequestHeader& header) {
        consume_stats(serving, from, request, header);
      });
  table.add<remoting::CloneGroupOffsetRequestHeader>(
      RequestCode::clone_group_offset, Right::administer,
      [&serving](Connection& from, const Request& request,
                 const remoting::CloneGroupOffsetRequestHeader& header) {
        clone_offsets(serving, from, request, header);
      });
}

}  // namespace gantry::kernel
