// A name server in a process: its tables, its listener, its timers. The program gantry-namesrv is one, and
// `gantry up` has one beside a broker.
//
//   NameServer server(config, origins, policy, log);
//   server.start();                        // throws a sentence when a port, file or directory cannot be used
//   ... server.endpoints() ...
//   server.stop();                         // answers what was asked, then closes
//
// Thread: one that owns it. `policy` and `log` outlive it.
#pragma once

#include "access/policy.h"
#include "access/request_table.h"
#include "disk/data_directory.h"
#include "disk/files.h"
#include "logging/logger.h"
#include "namesrv/config.h"
#include "namesrv/handlers.h"
#include "options/report.h"
#include "remoting/io_thread.h"
#include "remoting/server.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gantry::namesrv {

class NameServer {
 public:
  NameServer(NamesrvConfig config, const options::Origins& origins, const access::Policy& policy,
             logging::Logger& log);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // Before start(): told of each change that a request made, on a thread that may wait.
  void at_config_change(std::function<void(const NamesrvConfig&)> told) { config_change_ = std::move(told); }

  // Locks the data directory, reads the KV config, listens. Throws std::runtime_error with a sentence that
  // names what cannot be used, its value and the remedy; then only the destructor may follow.
  void start();

  // Where it listens, with the real ports.
  const std::vector<boost::asio::ip::tcp::endpoint>& endpoints() const { return server_->endpoints(); }

  // Takes no more requests, answers those it took, for as long as drain_timeout, and closes.
  void stop();

 private:
  void apply(const NamesrvConfig& config);
  void scan();
  void log_kv();
  void arm_scan(std::chrono::milliseconds in);
  void arm_kv_log(std::chrono::milliseconds in);

  const access::Policy& policy_;
  logging::Logger& log_;
  const std::unique_ptr<logging::Logger> remoting_log_;
  const options::Schema<NamesrvConfig> schema_;
  disk::PosixFiles files_;
  RunningConfig config_;
  std::function<void(const NamesrvConfig&)> config_change_;

  Routes routes_;
  BrokerConnections brokers_;
  remoting::IoThreads threads_;
  std::vector<RouteReader> readers_;

  // Made by start(), which may find that they cannot be.
  std::optional<disk::DataDirectory> directory_;
  std::optional<KvConfig> kv_;
  std::optional<DiskThread> disk_;
  std::optional<Serving> serving_;
  access::RequestTable requests_;
  std::optional<remoting::Server> server_;

  boost::asio::steady_timer scan_timer_;
  boost::asio::steady_timer kv_log_timer_;
};

}  // namespace gantry::namesrv
