// The way of a request to a plugin: through the access policy, to the handler of its code, and back with an
// error that names the plugin when one of them throws.
//
// Thread: add_plugin_requests() the one that starts the broker; the rest I/O threads, many at once.
#pragma once

#include "access/policy.h"
#include "access/request_table.h"
#include "kernel/extension_registry.h"

namespace gantry::kernel {

// Asks the plugin that is the access policy, or allows everything while there is none. A policy that throws
// has not allowed the request.
class PolicyOfPlugins final : public access::Policy {
 public:
  // Before the first request. Both outlive this object.
  void use(PluginBoundary& by, const access::Policy& policy) {
    by_ = &by;
    policy_ = &policy;
  }

  access::Decision decide(const remoting::Connection& from, access::Right needed,
                          const remoting::Request& request) const override;

 private:
  PluginBoundary* by_ = nullptr;
  const access::Policy* policy_ = nullptr;
};

// Every code that a plugin serves, and the ends of connections, of which each handler is told.
void add_plugin_requests(access::RequestTable& table, const ExtensionRegistry& extensions);

}  // namespace gantry::kernel
