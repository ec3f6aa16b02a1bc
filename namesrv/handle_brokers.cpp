// What brokers say: 103, 104, 322, and the end of their connections.
#include "namesrv/change_log.h"
#include "namesrv/handlers.h"
#include "namesrv/heap.h"
#include "namesrv/names.h"
#include "namesrv/registration_body.h"
#include "remoting/crc32.h"
#include "remoting/headers/name_server.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gantry::namesrv {

namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

std::string why_no_broker(std::string_view cluster, std::string_view broker, std::string_view address,
                          std::int64_t id) {
  std::string why = why_no_name("clusterName", cluster);
  if (why.empty()) why = why_no_name("brokerName", broker);
  if (why.empty()) why = why_no_address("brokerAddr", address);
  if (why.empty() && id < kMasterId) {
    why = "brokerId is " + std::to_string(id) + ", but it must be 0 for a master or more for a slave";
  }
  return why;
}

// Answers with the order config, which brokers mark their topics by, and to a slave with its master.
void answer_registered(Serving& serving, Connection& from, const Request& request,
                       const MasterAddresses& master) {
  remoting::RegisterBrokerResponseHeader header;
  if (!master.address.empty()) {
    header.master_addr = master.address;
    header.ha_server_addr = master.ha_address;
  }
  const auto orders = serving.kv.now()->order_table();
  succeed(from, request, header, orders ? remoting::Slice{*orders, orders} : remoting::Slice{});
}

void log_refused(Serving& serving, Connection& from, const remoting::RegisterBrokerRequestHeader& header,
                 std::string_view why) {
  serving.log.warn("registration refused", {{"broker", header.broker_name},
                                            {"address", header.broker_addr},
                                            {"reason", why},
                                            {"peer", from.peer()}});
}

// The topics of a registration from which on decoding it leaves megabytes behind.
constexpr std::size_t kManyTopics = 1000;

// Returns how many topics' routes it changed.
std::size_t register_broker(Serving& serving, Connection& from, const Request& request,
                            const remoting::RegisterBrokerRequestHeader& header) {
  std::string why =
      why_no_broker(header.cluster_name, header.broker_name, header.broker_addr, header.broker_id);
  if (why.empty() && !header.ha_server_addr.empty()) why = why_no_name("haServerAddr", header.ha_server_addr);
  if (why.empty() && header.body_crc32 != 0 && remoting::masked_crc32(request.body) != header.body_crc32) {
    why = "crc32 not match";
  }
  if (!why.empty()) {
    log_refused(serving, from, header, why);
    refuse(from, request, ResponseCode::system_error, why);
    return 0;
  }

  const BodyForm form = body_form(request.command.version, header.compressed);
  const Registration said{header.cluster_name,
                          header.broker_name,
                          header.broker_id,
                          header.broker_addr,
                          header.ha_server_addr,
                          from.id(),
                          fingerprint(request.body, form)};
  serving.brokers.add(from);
  MasterAddresses master;
  const bool renewed = serving.routes.with([&](RouteTables& tables) {
    if (!tables.renew(said, serving.now())) return false;
    master = tables.master_for(said.broker, said.id);
    return true;
  });
  if (renewed) {
    answer_registered(serving, from, request, master);
    return 0;
  }

  const auto body = read_registration_body(request.body, form);
  if (!body) {
    log_refused(serving, from, header, body.error().text);
    refuse(from, request, ResponseCode::system_error, body.error().text);
    return 0;
  }
  const Changes changes = serving.routes.change([&](RouteTables& tables, Changes& c) {
    tables.register_broker(said, body->get(), serving.now(), c);
    master = tables.master_for(said.broker, said.id);
  });
  log_changes(serving.log, changes, "registered", from.peer());
  if (body->topics_refused() != 0) {
    serving.log.warn("topics of a registration left out", {{"broker", header.broker_name},
                                                           {"topics", body->topics_refused()},
                                                           {"reason", body->why_refused()},
                                                           {"peer", from.peer()}});
  }
  answer_registered(serving, from, request, master);
  return changes.topics.size();
}

void unregister_broker(Serving& serving, Connection& from, const Request& request,
                       const remoting::UnregisterBrokerRequestHeader& header) {
  const Changes changes = serving.routes.change([&](RouteTables& tables, Changes& c) {
    tables.unregister_broker(header.broker_name, header.broker_addr, c);
  });
  log_changes(serving.log, changes, "unregistered", from.peer());
  succeed(from, request);
}

void query_data_version(Serving& serving, Connection& from, const Request& request,
                        const remoting::QueryDataVersionRequestHeader& header) {
  remoting::DataVersion asked;
  std::string text(request.body);
  if (text.empty()) {
    return refuse(from, request, ResponseCode::system_error,
                  "body: the broker's DataVersion is missing, such as {\"counter\":1,\"timestamp\":0}");
  }
  if (const auto read = remoting::read_json(text, asked); !read) {
    return refuse(from, request, ResponseCode::system_error, "body: " + read.error().str());
  }
  remoting::QueryDataVersionResponseHeader answer;
  std::optional<DataVersion> ours;
  serving.routes.with([&](RouteTables& tables) {
    answer.changed = tables.differs_or_renew(header.broker_addr, asked, serving.now());
    ours = tables.version_of(header.broker_addr);
  });
  const std::string body = ours ? remoting::to_json(*ours) : std::string();
  succeed(from, request, answer, {body, nullptr});
}

void connection_closed(Serving& serving, Connection& connection) {
  if (!serving.brokers.remove(connection)) return;
  const Changes changes = serving.routes.change(
      [&](RouteTables& tables, Changes& c) { tables.connection_closed(connection.id(), c); });
  log_changes(serving.log, changes, "connection closed", connection.peer());
}

}  // namespace

void remove_silent_brokers(Serving& serving) {
  const auto expiry = serving.config.now()->broker_expiry;
  std::vector<RouteTables::Expired> expired;
  const Changes changes = serving.routes.change(
      [&](RouteTables& tables, Changes& c) { expired = tables.expire(serving.now(), expiry, c); });
  for (const auto& [address, connection] : expired) {
    serving.log.warn("broker silent, removed", {{"address", address}, {"silent_for_more_than", expiry}});
    serving.brokers.close(connection, "its broker was silent for too long");
  }
  log_changes(serving.log, changes, "silent");
}

void add_broker_handlers(access::RequestTable& table, Serving& serving) {
  table.add<remoting::RegisterBrokerRequestHeader>(
      RequestCode::register_broker, Right::join,
      [&serving](Connection& from, const Request& request,
                 const remoting::RegisterBrokerRequestHeader& header) {
        if (register_broker(serving, from, request, header) >= kManyTopics) return_freed_memory();
      });
  table.add<remoting::UnregisterBrokerRequestHeader>(
      RequestCode::unregister_broker, Right::join,
      [&serving](Connection& from, const Request& request,
                 const remoting::UnregisterBrokerRequestHeader& header) {
        unregister_broker(serving, from, request, header);
      });
  table.add<remoting::QueryDataVersionRequestHeader>(
      RequestCode::query_data_version, Right::join,
      [&serving](Connection& from, const Request& request,
                 const remoting::QueryDataVersionRequestHeader& header) {
        query_data_version(serving, from, request, header);
      });
  table.at_close([&serving](Connection& connection) { connection_closed(serving, connection); });
}

}  // namespace gantry::namesrv
