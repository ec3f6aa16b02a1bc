// The server's own configuration: 318, 319.
#include "namesrv/handlers.h"

#include <memory>
#include <string>
#include <utility>

namespace gantry::namesrv {

namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

struct ConfigChange {
  std::string properties;
  std::string peer;
};

// On the disk thread.
void make_change(Serving& serving, const ConfigChange& change, remoting::Responder& responder) {
  const auto done = serving.config.update(change.properties);
  remoting::Answer answer;
  if (!done) {
    serving.log.warn("configuration not changed", {{"reason", done.error().text}, {"peer", change.peer}});
    // Apache's words for it, by which its tools' users know what happened; then ours.
    const std::string remark = done.error().not_allowed
                                   ? "Can not update config in black list. " + done.error().text
                                   : done.error().text;
    answer.code = done.error().not_allowed ? ResponseCode::no_permission : ResponseCode::system_error;
    answer.remark = remark;
    return responder.answer(answer);
  }
  for (const auto& each : done->changes) {
    serving.log.info("configuration changed by request",
                     {{"option", each.option}, {"from", each.from}, {"to", each.to}, {"peer", change.peer}});
  }
  for (const auto& key : done->ignored) {
    serving.log.info("configuration request for a key without effect", {{"key", key}, {"peer", change.peer}});
  }
  responder.answer(answer);
}

void update_config(Serving& serving, Connection& from, const Request& request) {
  if (request.body.empty()) return succeed(from, request);
  auto job = std::make_shared<std::pair<ConfigChange, remoting::Responder>>(
      ConfigChange{std::string(request.body), std::string(from.peer())}, from.answer_later(request));
  post_or_refuse(serving, job->second, [&serving, job] { make_change(serving, job->first, job->second); });
}

}  // namespace

void add_config_handlers(access::RequestTable& table, Serving& serving) {
  table.add(RequestCode::update_namesrv_config, Right::administer,
            [&serving](Connection& from, const Request& request) { update_config(serving, from, request); });
  table.add(RequestCode::get_namesrv_config, Right::inspect,
            [&serving](Connection& from, const Request& request) {
              const std::string text = serving.config.for_clients();
              succeed(from, request, {}, {text, nullptr});
            });
}

}  // namespace gantry::namesrv
