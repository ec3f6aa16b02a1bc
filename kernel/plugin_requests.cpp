#include "kernel/plugin_requests.h"

#include <string>
#include <vector>

namespace gantry::kernel {
namespace {

void hand_over(const ExtensionRegistry::Code& code, remoting::Connection& from,
               const remoting::Request& request) {
  const auto why = code.by->guard("request", [&] { code.handler->handle(from, request); });
  if (!why) return;
  const auto remark = "plugin " + code.by->plugin() + " failed: " + *why;
  from.answer(request, {.code = remoting::ResponseCode::system_error, .remark = remark});
}

}  // namespace

access::Decision PolicyOfPlugins::decide(const remoting::Connection& from, access::Right needed,
                                         const remoting::Request& request) const {
  if (policy_ == nullptr) return {};
  access::Decision decision{.allowed = false};
  if (by_->guard("access", [&] { decision = policy_->decide(from, needed, request); }))
    return {.allowed = false,
            .reason = "plugin " + by_->plugin() + " could not tell whether this is allowed"};
  return decision;
}

void add_plugin_requests(access::RequestTable& table, const ExtensionRegistry& extensions) {
  for (const auto& code : extensions.codes())
    table.add(code.served.code, code.served.needed,
              [code](remoting::Connection& from, const remoting::Request& request) {
                hand_over(code, from, request);
              });
  const auto all = extensions.request_handlers();
  table.at_close([handlers = std::vector(all.begin(), all.end())](remoting::Connection& connection) {
    for (const auto& handler : handlers)
      handler.by->guard("end of a connection", [&] { handler.point->on_closed(connection); });
  });
}

}  // namespace gantry::kernel
