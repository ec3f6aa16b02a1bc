// A broker in a process: its metadata, its plugins, its listener. The program gantry-broker is one, and
// `gantry up` has one beside a name server.
//
//   Broker broker(read_setup(schema, file, flags), "0.1.0", clock, log);
//   broker.start();                        // throws a sentence when something cannot be used or fails
//   ... broker.endpoints() ...
//   broker.stop();                         // answers what was asked, then closes
//
// Thread: one that owns it. `clock` and `log` outlive it.
#pragma once

#include "access/request_table.h"
#include "kernel/background.h"
#include "kernel/broker_setup.h"
#include "kernel/client_table.h"
#include "kernel/extension_registry.h"
#include "kernel/filters.h"
#include "kernel/handlers.h"
#include "kernel/local_calls.h"
#include "kernel/log_followers.h"
#include "kernel/metadata.h"
#include "kernel/metrics_registry.h"
#include "kernel/name_servers.h"
#include "kernel/parked_requests.h"
#include "kernel/plugin_host.h"
#include "kernel/plugin_requests.h"
#include "kernel/sends.h"
#include "logging/logger.h"
#include "remoting/io_thread.h"
#include "remoting/server.h"

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace gantry::kernel {

class Broker {
 public:
  // `setup` is sound: its report is ok().
  Broker(BrokerSetup setup, std::string version, const api::Clock& clock, logging::Logger& log);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Before start(): told when options of the broker itself have changed.
  void at_config_change(std::function<void(const BrokerConfig&)> told) { config_change_ = std::move(told); }

  // Opens the metadata, brings the plugins up, listens. Throws std::runtime_error with a sentence that names
  // what cannot be used, its value and the remedy, or the plugin, its step and its reason; then only the
  // destructor may follow.
  void start();

  // Where it listens, with the real ports: first of `listen`, then the second ones.
  const std::vector<boost::asio::ip::tcp::endpoint>& endpoints() const { return server_->endpoints(); }
  // The first of those; nullopt: it has none.
  std::optional<boost::asio::ip::tcp::endpoint> second_endpoint() const { return second_endpoint_; }

  // How other programs and people know it.
  const api::BrokerIdentity& identity() const { return identity_; }
  // What an acknowledgement is worth; empty without a message store.
  api::Durability durability() const;

  // Returns once each name server has answered that it knows this broker, or has failed to.
  void wait_for_name_servers();

  // Takes over what has changed in the configuration and can change while running, and logs each change, also
  // those that wait for a restart. With a mistake in it nothing is changed.
  void reload(const BrokerSetup& fresh);

  // Takes no more requests, answers those it took, for as long as drain_timeout, and closes.
  void stop();

  PluginHost& plugins() { return *plugins_; }
  std::string metrics() const { return metrics_.text(); }

 private:
  void open_metadata();
  std::future<void> make_own_topics();
  void prepare_own_requests();
  void bind();
  void bring_up_plugins();
  void set_back_offsets();
  void follow_log();
  void finish_following();
  void take_requests();
  void register_with_name_servers();
  void log_what_is_there() const;
  void write_metrics();
  void arm_metrics();
  void reload_own(const BrokerConfig& fresh);
  void reload_plugins(const BrokerSetup& fresh);

  const std::string version_;
  const api::Clock& clock_;
  logging::Logger& log_;
  const std::unique_ptr<logging::Logger> remoting_log_;
  const options::Schema<BrokerConfig> schema_;
  BrokerConfig config_;  // of the thread that reloads; others have what they were given at the start
  const std::filesystem::path metrics_file_;  // empty: none
  std::vector<ChosenPlugin> chosen_;
  std::function<void(const BrokerConfig&)> config_change_;

  MetricsRegistry metrics_;
  BackgroundThreads background_;
  PluginBoundary own_boundary_;  // for jobs of the broker itself
  std::unique_ptr<PluginJobs> own_jobs_;
  std::unique_ptr<api::Timer> metrics_timer_;
  std::unique_ptr<api::Timer> silence_timer_;
  bool metrics_failed_ = false;  // touched by own_jobs_ alone

  // Made by start(), which may find that they cannot be. What comes later uses what comes before.
  std::unique_ptr<Metadata> metadata_;
  api::BrokerIdentity identity_;
  ExtensionRegistry extensions_;
  ClientTable clients_;
  Filters filters_{extensions_};
  std::optional<Sends> sends_;
  std::optional<ParkedRequests> parked_;
  std::optional<LocalCallsOfBroker> local_calls_;
  std::optional<TopicMaker> topic_maker_;
  QueueLocks locks_;
  std::optional<OffsetCommits> commits_;
  logging::RateLimit alarms_;
  std::optional<GroupTurns> group_turns_;
  std::optional<Serving> serving_;
  std::optional<PluginSurroundings> around_;
  remoting::IoThreads threads_;
  std::unique_ptr<PluginHost> plugins_;
  std::unique_ptr<LogFollowers> followers_;  // null: there is no store
  PolicyOfPlugins policy_;
  access::RequestTable requests_;
  std::unique_ptr<remoting::Server> server_;
  std::optional<boost::asio::ip::tcp::endpoint> second_endpoint_;
  std::unique_ptr<NameServers> name_servers_;  // null: it runs alone
  std::future<void> registered_;               // of those
};

}  // namespace gantry::kernel
