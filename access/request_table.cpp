#include "access/request_table.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/container/small_vector.hpp>

namespace gantry::access {

using remoting::Connection;
using remoting::Request;
using remoting::ResponseCode;

void RequestTable::add(remoting::RequestCode code, Right needed, Handler handler) {
  if (!routes_.emplace(static_cast<std::int32_t>(code), Route{needed, std::move(handler)}).second)
    throw std::logic_error("request code " + std::to_string(static_cast<int>(code)) +
                           " has a handler already");
}

std::vector<RequestTable::Entry> RequestTable::entries() const {
  std::vector<Entry> all;
  all.reserve(routes_.size());
  for (const auto& [code, route] : routes_)
    all.push_back({static_cast<remoting::RequestCode>(code), route.needed});
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.code < b.code; });
  return all;
}

void RequestTable::gather(std::initializer_list<remoting::RequestCode> codes, Right needed,
                          GatheringHandler handler) {
  if (gathering_) throw std::logic_error("a table has one gathering handler");
  for (const auto code : codes) add(code, needed, {});
  gathering_ = std::move(handler);
}

void RequestTable::on_requests(Connection& connection, const remoting::Burst& burst) {
  boost::container::small_vector<const Request*, 128> gathered;
  for (const Request& request : burst.requests)
    if (serve(connection, request)) gathered.push_back(&request);
  if (!gathered.empty()) serve_gathered(connection, gathered, burst.pin);
}

bool RequestTable::serve(Connection& connection, const Request& request) const {
  const auto found = routes_.find(request.command.code);
  if (found == routes_.end()) {
    const auto remark = " request type " + std::to_string(request.command.code) + " not supported";
    connection.answer(request, {.code = ResponseCode::request_code_not_supported, .remark = remark});
    return false;
  }
  const Route& route = found->second;
  try {
    const auto decision = policy_.decide(connection, route.needed, request);
    if (!decision.allowed) {
      connection.answer(request, {.code = ResponseCode::no_permission, .remark = decision.reason});
      return false;
    }
    if (!route.handler) return true;
    route.handler(connection, request);
  } catch (const std::exception& thrown) {
    log_.error("request failed",
               {{"code", request.command.code}, {"peer", connection.peer()}, {"reason", thrown.what()}});
    connection.answer(request, {.code = ResponseCode::system_error, .remark = thrown.what()});
  }
  return false;
}

void RequestTable::serve_gathered(Connection& connection, Gathered requests,
                                  const std::shared_ptr<const void>& pin) const {
  try {
    gathering_(connection, requests, pin);
  } catch (const std::exception& thrown) {
    log_.error("requests failed", {{"code", requests.front()->command.code},
                                   {"requests", requests.size()},
                                   {"peer", connection.peer()},
                                   {"reason", thrown.what()}});
  }
}

void RequestTable::refuse_header(Connection& to, const Request& request, std::string_view why) {
  to.answer(request, {.code = ResponseCode::system_error, .remark = why});
}

void RequestTable::on_closed(Connection& connection) {
  for (const ClosedHandler& told : closed_) told(connection);
}

}  // namespace gantry::access
