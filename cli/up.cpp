#include "cli/up.h"

#include "cli/open_files.h"
#include "cli/start_screen.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace gantry::cli {
namespace {

using tcp = boost::asio::ip::tcp;

// Where this process itself reaches a listener.
options::HostPort from_here(const tcp::endpoint& listener) {
  const auto& address = listener.address();
  if (!address.is_unspecified()) return {address.to_string(), listener.port()};
  return {address.is_v4() ? "127.0.0.1" : "::1", listener.port()};
}

// Of two servers in one program it must be told which one failed.
[[noreturn]] void rethrow(const std::string& who, const std::runtime_error& error, const std::string& flag) {
  const bool is_address = dynamic_cast<const remoting::CannotListen*>(&error) != nullptr;
  throw std::runtime_error(who + ": " + error.what() + (is_address ? " (" + flag + ")" : ""));
}

}  // namespace

Up::Up(UpSetup setup, std::string version, const api::Clock& clock, logging::Logger& log)
    : setup_(std::move(setup)),
      version_(std::move(version)),
      clock_(clock),
      namesrv_log_(log.named("namesrv")),
      broker_log_(log.named("broker")),
      data_dir_(setup_.broker.config.data_dir) {
}

Up::~Up() {
  stop();
}

void Up::at_log_level(std::function<void(logging::Level)> told) {
  log_level_ = std::move(told);
}

void Up::start() {
  make_room_for_connections(setup_.namesrv.config.max_connections + setup_.broker.config.max_connections);
  start_name_server();
  start_broker();
}

void Up::start_name_server() {
  auto& [config, origins, report] = setup_.namesrv;
  name_server_ = std::make_unique<namesrv::NameServer>(std::move(config), origins, policy_, *namesrv_log_);
  name_server_->at_config_change([this](const namesrv::NamesrvConfig& changed) {
    if (log_level_) log_level_(changed.log_level);
  });
  try {
    name_server_->start();
  } catch (const std::runtime_error& error) {
    rethrow("name server", error, "--namesrv-listen");
  }
}

void Up::start_broker() {
  auto& name_servers = setup_.broker.config.namesrv;
  const auto own = from_here(name_server_->endpoints().front()).str();
  if (std::find(name_servers.begin(), name_servers.end(), own) == name_servers.end())
    name_servers.insert(name_servers.begin(), own);
  broker_ = std::make_unique<kernel::Broker>(std::move(setup_.broker), version_, clock_, *broker_log_);
  broker_->at_config_change([this](const kernel::BrokerConfig& changed) {
    if (log_level_) log_level_(changed.log_level);
  });
  try {
    broker_->start();
  } catch (const std::runtime_error& error) {
    rethrow("broker", error, "--listen");
  }
  broker_->wait_for_name_servers();
}

std::string Up::screen() const {
  const auto& name_server = name_server_->endpoints().front();
  const auto broker = options::HostPort::parse(broker_->identity().address);
  const auto second = broker_->second_endpoint();
  auto for_clients = from_here(name_server);
  if (name_server.address().is_unspecified() && broker) for_clients.host = broker->host;
  return start_screen({.version = version_,
                       .name_server = for_clients.str(),
                       .name_server_from_here = from_here(name_server).str(),
                       .broker = broker_->identity().address,
                       .second_port = second ? second->port() : std::uint16_t{0},
                       .data_dir = data_dir_,
                       .durability = broker_->durability(),
                       .plugins = broker_->plugins().plugins()});
}

void Up::stop() {
  if (broker_) broker_->stop();
  if (name_server_) name_server_->stop();
  broker_.reset();
  name_server_.reset();
}

}  // namespace gantry::cli
