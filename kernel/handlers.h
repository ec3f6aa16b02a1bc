// What the broker itself answers: every request code with the right that it needs and what is done. Plugins
// add theirs beside them (plugin_requests.h).
//
// Handlers run on the I/O thread of the connection that asks, and none waits there.
#pragma once

#include "access/request_table.h"
#include "kernel/api/groups.h"
#include "kernel/api/identity.h"
#include "kernel/api/message_store.h"
#include "kernel/api/offsets.h"
#include "kernel/api/topics.h"
#include "kernel/broker_config.h"
#include "kernel/changes_in_turn.h"
#include "kernel/client_table.h"
#include "kernel/extension_registry.h"
#include "kernel/filters.h"
#include "kernel/offset_commits.h"
#include "kernel/parked_requests.h"
#include "kernel/queue_locks.h"
#include "kernel/sends.h"
#include "kernel/topic_maker.h"
#include "logging/logger.h"
#include "logging/rate_limit.h"
#include "remoting/answers.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::kernel {

using GroupTurns = ChangesInTurn<api::Groups, api::Group>;

// What the handlers work on. All of it outlives the request table.
struct Serving {
  ClientTable& clients;
  api::Topics& topics;
  api::Groups& groups;
  api::Offsets& offsets;
  OffsetCommits& commits;  // what clients commit goes through this
  QueueLocks& locks;
  std::function<void(api::Completion<void>)> save_offsets;  // now; told when all of them are on disk
  const api::BrokerIdentity& identity;
  TopicMaker& topic_maker;
  GroupTurns& group_turns;
  const ExtensionRegistry& extensions;  // all plugins are up before the first request
  Sends& sends;
  Filters& filters;
  ParkedRequests& parked;
  const api::Clock& clock;
  BrokerConfig config;  // as it was at the start; never written once requests come
  logging::Logger& log;
  logging::RateLimit& alarms;  // for lines that clients can provoke
};

void add_all_handlers(access::RequestTable& table, Serving& serving);

// nullptr: no plugin is a store, and the request has been answered so.
api::MessageStore* store_or_refuse(const Serving& serving, remoting::Connection& from,
                                   const remoting::Request& request);

// True: this is a slave, whose topics and groups are its master's, and the request has been answered so.
bool refused_by_slave(const Serving& serving, remoting::Connection& from, const remoting::Request& request);

// A group comes into being with its first consumer, unless that is not wanted or there are too many. Never
// nullptr; refused as no_such_group() is.
api::Result<std::shared_ptr<const api::Group>> find_or_make_group(Serving& serving, std::string_view name);

// How often a message comes again to the group before it goes to the dead letters: what the client says, if
// it is new enough to say so, or the group's setting.
std::int32_t most_retries(const api::Group& group, std::int32_t client_version,
                          std::optional<std::int32_t> said);

// For what a store tells later: through a std::function, which copies what it holds.
using SharedResponder = std::shared_ptr<remoting::Responder>;
SharedResponder share_answer(remoting::Connection& from, const remoting::Request& request);
void refuse(remoting::Responder& to, const api::Refusal& why);
void refuse(remoting::Connection& to, const remoting::Request& request, const api::Refusal& why);

// By family: handle_clients.cpp and so on.
void add_client_handlers(access::RequestTable& table, Serving& serving);    // 34 35 38 46, closed connections
void add_send_handlers(access::RequestTable& table, Serving& serving);      // 10 310 320
void add_pull_handlers(access::RequestTable& table, Serving& serving);      // 11 361
void add_send_back_handler(access::RequestTable& table, Serving& serving);  // 36
void add_reply_handlers(access::RequestTable& table, Serving& serving);     // 324 325
void add_topic_handlers(access::RequestTable& table, Serving& serving);     // 17 21 202 215 300 305 351
void add_group_handlers(access::RequestTable& table, Serving& serving);     // 43 200 201 203 204 207
void add_lock_handlers(access::RequestTable& table, Serving& serving);      // 41 42
void add_offset_handlers(access::RequestTable& table, Serving& serving);    // 14 15 29 30 31 32
void add_query_handlers(access::RequestTable& table, Serving& serving);     // 12 33
void add_consume_stats_handlers(access::RequestTable& table, Serving& serving);  // 208 314

}  // namespace gantry::kernel
