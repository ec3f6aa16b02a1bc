// Queues that a consumer has to itself: 41 and 42.
#include "kernel/api/names.h"
#include "kernel/handlers.h"
#include "remoting/bodies/lock.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::MessageQueue;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

// It is kept with each lock.
constexpr std::size_t kLongestClientId = 1024;

std::string why_not(const Serving& serving, const remoting::LockBatchRequestBody& asked) {
  if (asked.client_id.empty()) return "clientId is missing or empty";
  if (asked.client_id.size() > kLongestClientId)
    return "clientId has " + std::to_string(asked.client_id.size()) + " bytes; at most " +
           std::to_string(kLongestClientId) + " are accepted";
  if (auto name = api::GroupName::parse(asked.consumer_group); !name) return name.error().text;
  if (asked.mq_set.size() > serving.config.max_locks_per_client)
    return "mqSet has " + std::to_string(asked.mq_set.size()) + " queues; at most " +
           std::to_string(serving.config.max_locks_per_client) + " are accepted (max_locks_per_client)";
  return {};
}

// nullopt: it cannot be understood, and the request has been answered so.
std::optional<remoting::LockBatchRequestBody> read_or_refuse(const Serving& serving, std::string_view what,
                                                             Connection& from, const Request& request) {
  std::string text(request.body);
  remoting::LockBatchRequestBody asked;
  std::string why;
  if (const auto read = read_json(text, asked); !read)
    why = read.error().str();
  else
    why = why_not(serving, asked);
  if (why.empty()) return asked;
  refuse(from, request, ResponseCode::system_error, std::string(what) + ": " + why);
  return std::nullopt;
}

// A lock on what is not there would only fill the memory.
bool is_here(const Serving& serving, const MessageQueue& queue) {
  if (queue.broker_name != serving.identity.name || queue.queue_id < 0) return false;
  const auto topic = serving.topics.find(queue.topic);
  return topic && queue.queue_id < std::max(topic->read_queues, topic->write_queues);
}

void lock_queues(Serving& serving, Connection& from, const Request& request) {
  auto asked = read_or_refuse(serving, "lock of queues", from, request);
  if (!asked) return;
  std::erase_if(asked->mq_set, [&](const MessageQueue& queue) { return !is_here(serving, queue); });
  auto locked = serving.locks.lock(asked->consumer_group, asked->client_id, asked->mq_set);
  if (locked.past_limit > 0)
    serving.alarms.warn("queues are not locked: there are too many locks",
                        {{"client", asked->client_id},
                         {"group", asked->consumer_group},
                         {"queues", locked.past_limit},
                         {"remedy", "max_locks_per_client, max_queue_locks"}});
  succeed(from, request, {}, {to_json(remoting::LockBatchResponseBody{std::move(locked.queues)}), nullptr});
}

void unlock_queues(Serving& serving, Connection& from, const Request& request) {
  const auto asked = read_or_refuse(serving, "unlock of queues", from, request);
  if (!asked) return;
  serving.locks.unlock(asked->consumer_group, asked->client_id, asked->mq_set);
  succeed(from, request);
}

}  // namespace

void add_lock_handlers(access::RequestTable& table, Serving& serving) {
  table.add(RequestCode::lock_batch_mq, Right::consume,
            [&serving](Connection& from, const Request& request) { lock_queues(serving, from, request); });
  table.add(RequestCode::unlock_batch_mq, Right::consume,
            [&serving](Connection& from, const Request& request) { unlock_queues(serving, from, request); });
}

}  // namespace gantry::kernel
