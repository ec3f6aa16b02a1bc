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
  std::vector<std::string> filter_servers;
  std::string body;
  bool compressed = false;
  std::size_t topics = 0;
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
    std::ranges::move(part.filter_servers, std::back_inserter(said.filter_servers));
  }
  return said;
}

void NameServers::add_body(Said& said) const {
  const remoting::RegisterBrokerBody body{.filter_server_list = std::move(said.filter_servers),
                                          .topic_config_serialize_wrapper = all_to_wire(parts_.topics)};
  said.topics = body.topic_config_serialize_wrapper.topic_config_table.size();
  said.body = to_json(body);
  said.compressed = said.body.size() > settings_.largest_plain.bytes();
  if (said.compressed) said.body = deflate_register_broker(body);
}

bool NameServers::fits(const Said& said) {
  const bool fits = said.body.size() <= settings_.largest_body.bytes();
  if (!fits && !said_too_large_)
    parts_.log.error(
        "this broker has more topics than it can register; name servers keep what they know for two minutes, "
        "then nobody finds it: delete topics, and see max_topics",
        {{"topics", said.topics},
         {"compressed_bytes", said.body.size()},
         {"allowed_bytes", settings_.largest_body.bytes()}});
  said_too_large_ = !fits;
  return fits;
}

void NameServers::tell_all() {
  if (leaving_) return;
  for (Server& server : servers_) server.outdated = server.in_flight;
  if (std::ranges::all_of(servers_, &Server::in_flight)) return;
  Said said = what_to_say(/*strict=*/false);
  add_body(said);
  if (!fits(said)) return none_told();
  for (Server& server : servers_)
    if (!server.in_flight) tell(server, said);
}

// Those that knew the broker do so for a while, and are told when it leaves. At the start nobody waits for
// it.
void NameServers::none_told() {
  for (Server& server : servers_)
    if (server.standing == Standing::not_told && !server.in_flight) server.standing = Standing::fails;
  end_begin_once_all_are_told();
}

void NameServers::end_begin_once_all_are_told() {
  const auto is_told = [](const Server& one) { return one.standing != Standing::not_told; };
  if (!all_told_ || !std::ranges::all_of(servers_, is_told)) return;
  all_told_->set_value();
  all_told_.reset();
}

void NameServers::tell(Server& server, const Said& said) {
  server.in_flight = true;
  const remoting::RegisterBrokerRequestHeader header{.broker_name = parts_.identity.name,
                                                     .broker_addr = parts_.identity.address,
                                                     .cluster_name = parts_.identity.cluster,
                                                     .ha_server_addr = said.ha_address,
                                                     .broker_id = said.broker_id,
                                                     .compressed = said.compressed,
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
  end_begin_once_all_are_told();
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
