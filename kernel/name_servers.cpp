#include "kernel/name_servers.h"

#include "kernel/topic_table.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/crc32.h"
#include "remoting/headers/name_server.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <utility>

namespace gantry::kernel {
namespace {

using remoting::RequestCode;
using remoting::ResponseCode;

remoting::RegisterBrokerBody body_with(const api::Topics& topics, std::vector<std::string> filter_servers) {
  return {.filter_server_list = std::move(filter_servers),
          .topic_config_serialize_wrapper = all_to_wire(topics)};
}

// Empty: it said yes.
std::string why_refused(const boost::system::result<remoting::Response>& response) {
  if (!response) return response.error().message();
  if (response->code() == ResponseCode::success) return {};
  return "it answered " + std::to_string(static_cast<int>(response->code())) + ": " +
         std::string(response->command.remark);
}

}  // namespace

struct NameServers::Said {
  std::int64_t broker_id = 0;
  std::string ha_address;
  std::string body;
};

struct NameServers::Farewell {
  std::promise<void> told;
  std::size_t left = 0;  // touched on the jobs alone

  void one_less() {
    if (--left == 0) told.set_value();
  }
};

NameServers::NameServers(const Parts& parts, Settings settings)
    : parts_(parts), settings_(std::move(settings)) {
  remoting::ClientOptions options;
  options.connect_timeout = settings_.timeout;
  client_ = std::make_unique<remoting::Client>(parts_.threads, no_requests_, options, parts_.log);
  for (const std::string& address : settings_.addresses) servers_.push_back({.address = address});
}

NameServers::~NameServers() {
  topic_watch_.reset();
  client_.reset();
}

std::future<void> NameServers::begin() {
  static_cast<void>(what_to_say(/*strict=*/true));
  auto told = all_told_.emplace().get_future();
  topic_watch_ = parts_.topics.watch([this] { parts_.jobs.executor().post([this] { tell_all(); }); });
  timer_ = parts_.jobs.timers().every(settings_.interval, [this] { tell_all(); });
  parts_.jobs.executor().post([this] { tell_all(); });
  return told;
}

// What plugins add: each thing by one of them only.
NameServers::Said NameServers::what_to_say(bool strict) const {
  Said said{.broker_id = parts_.identity.id};
  const PluginBoundary* gives_id = nullptr;
  const PluginBoundary* gives_address = nullptr;
  const auto twice = [&](std::string_view what, const PluginBoundary& one, const PluginBoundary& other) {
    if (strict)
      throw std::runtime_error("plugins " + one.plugin() + " and " + other.plugin() + " both say what " +
                               std::string(what) + " is; enable one of them");
  };
  std::vector<std::string> filter_servers;
  for (const auto& [by, registration] : parts_.registrations) {
    api::RegistrationPart part;
    by->guard("registration", [&part, asked = registration] { part = asked->part(); });
    if (part.broker_id) {
      if (gives_id != nullptr) twice("this broker's id", *gives_id, *by);
      gives_id = by;
      said.broker_id = *part.broker_id;
    }
    if (part.ha_address) {
      if (gives_address != nullptr) twice("this broker's replication address", *gives_address, *by);
      gives_address = by;
      said.ha_address = std::move(*part.ha_address);
    }
    std::ranges::move(part.filter_servers, std::back_inserter(filter_servers));
  }
  said.body = to_json(body_with(parts_.topics, std::move(filter_servers)));
  return said;
}

void NameServers::tell_all() {
  if (leaving_) return;
  std::optional<Said> said;
  for (Server& server : servers_) {
    server.outdated = server.in_flight;
    if (server.in_flight) continue;
    if (!said) said = what_to_say(/*strict=*/false);
    tell(server, *said);
  }
}

void NameServers::tell(Server& server, const Said& said) {
  server.in_flight = true;
  const remoting::RegisterBrokerRequestHeader header{.broker_name = parts_.identity.name,
                                                     .broker_addr = parts_.identity.address,
                                                     .cluster_name = parts_.identity.cluster,
                                                     .ha_server_addr = said.ha_address,
                                                     .broker_id = said.broker_id,
                                                     .body_crc32 = remoting::masked_crc32(said.body)};
  const remoting::Slice body{said.body, nullptr};
  const auto which = static_cast<std::size_t>(&server - servers_.data());
  client_->request(
      server.address, {.code = RequestCode::register_broker, .header = header, .body = {&body, 1}},
      settings_.timeout, [this, which](const boost::system::result<remoting::Response>& response) {
        parts_.jobs.executor().post(
            [this, which, why_not = why_refused(response)] { answered(which, why_not); });
      });
}

// What stays as it was is not told again.
void NameServers::answered(std::size_t which, const std::string& why_not) {
  Server& server = servers_[which];
  server.in_flight = false;
  const Standing now = why_not.empty() ? Standing::knows_us : Standing::fails;
  if (now != server.standing) {
    if (now == Standing::knows_us)
      parts_.log.info("registered", {{"name_server", server.address}, {"address", parts_.identity.address}});
    else
      parts_.log.warn("a name server does not take this broker's registration; it is tried again",
                      {{"name_server", server.address}, {"reason", why_not}});
  }
  server.standing = now;
  const auto is_told = [](const Server& one) { return one.standing != Standing::not_told; };
  if (all_told_ && std::ranges::all_of(servers_, is_told)) {
    all_told_->set_value();
    all_told_.reset();
  }
  if (server.outdated) tell_all();
}

void NameServers::take_leave() {
  topic_watch_.reset();
  timer_.reset();
  auto farewell = std::make_shared<Farewell>();
  parts_.jobs.executor().post([this, farewell] { say_goodbye(farewell); });
  if (farewell->told.get_future().wait_for(settings_.timeout) == std::future_status::timeout)
    parts_.log.warn("not all name servers know that this broker is gone; they notice after a while",
                    {{"waited", settings_.timeout}});
}

void NameServers::say_goodbye(const std::shared_ptr<Farewell>& farewell) {
  leaving_ = true;
  farewell->left = 1;
  const std::int64_t id = what_to_say(/*strict=*/false).broker_id;
  for (const Server& server : servers_) {
    if (server.standing != Standing::knows_us && !server.in_flight) continue;
    ++farewell->left;
    const remoting::UnregisterBrokerRequestHeader header{.broker_name = parts_.identity.name,
                                                         .broker_addr = parts_.identity.address,
                                                         .cluster_name = parts_.identity.cluster,
                                                         .broker_id = id};
    client_->request(server.address, {.code = RequestCode::unregister_broker, .header = header},
                     settings_.timeout, [this, farewell](const boost::system::result<remoting::Response>&) {
                       parts_.jobs.executor().post([farewell] { farewell->one_less(); });
                     });
  }
  farewell->one_less();
}

}  // namespace gantry::kernel
