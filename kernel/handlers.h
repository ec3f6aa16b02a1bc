// What the broker itself answers: every request code with the right that it needs and what is done. Plugins
// add theirs beside them (plugin_requests.h).
//
// Handlers run on the I/O thread of the connection that asks, and none waits there.
#pragma once

#include "access/request_table.h"
#include "kernel/api/groups.h"
#include "kernel/api/topics.h"
#include "kernel/client_table.h"
#include "kernel/extension_registry.h"
#include "logging/logger.h"
#include "remoting/answers.h"

#include <string_view>

namespace gantry::kernel {

// What the handlers work on. All of it outlives the request table.
struct Serving {
  ClientTable& clients;
  api::Topics& topics;
  api::Groups& groups;
  const ExtensionRegistry& extensions;  // all plugins are up before the first request
  bool auto_create_groups = true;
  logging::Logger& log;
};

void add_all_handlers(access::RequestTable& table, Serving& serving);

// By family: handle_clients.cpp and so on.
void add_client_handlers(access::RequestTable& table, Serving& serving);  // 34 35 38 46, closed connections

}  // namespace gantry::kernel
