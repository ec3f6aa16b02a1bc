// What the name server answers: every request code with the right that it needs and what is done.
//
// Handlers run on the I/O thread of the connection that asks. Those that change what is on disk hand over to
// the disk thread and answer from there; no other waits for anything but the route tables' lock.
#pragma once

#include "access/request_table.h"
#include "logging/logger.h"
#include "namesrv/broker_connections.h"
#include "namesrv/disk_thread.h"
#include "namesrv/kv_config.h"
#include "namesrv/route_snapshot.h"
#include "namesrv/routes.h"
#include "namesrv/running_config.h"
#include "remoting/answers.h"

#include <functional>
#include <vector>

namespace gantry::namesrv {

// What the handlers work on. All of it outlives the request table.
struct Serving {
  Routes& routes;
  std::vector<RouteReader>& readers;  // by I/O thread
  BrokerConnections& brokers;
  KvConfig& kv;
  RunningConfig& config;
  DiskThread& disk;
  std::function<TimePoint()> now;
  logging::Logger& log;

  // Puts the order configs that hold now into the routes, or takes them out if they are switched off.
  // Thread: the disk thread, or start-up.
  void publish_order_configs();
};

void add_all_handlers(access::RequestTable& table, Serving& serving);

// By family: handle_brokers.cpp and so on.
void add_broker_handlers(access::RequestTable& table, Serving& serving);  // 103 104 322, closed connections
void add_route_handlers(access::RequestTable& table, Serving& serving);   // 105 106 205 216 327
void add_topic_list_handlers(access::RequestTable& table, Serving& serving);  // 206 224 304 311 312 313
void add_kv_handlers(access::RequestTable& table, Serving& serving);          // 100 101 102 219
void add_config_handlers(access::RequestTable& table, Serving& serving);      // 318 319

// What the scan does: takes out who has been silent for longer than broker_expiry and closes the connection.
void remove_silent_brokers(Serving& serving);

// Has `job` done on the disk thread, which answers through `responder`; if too much waits there already, that
// is the answer.
void post_or_refuse(Serving& serving, remoting::Responder& responder, std::function<void()> job);

}  // namespace gantry::namesrv
