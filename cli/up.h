// A name server and a broker in one process: what `gantry up` runs.
//
//   Up up(read_up_setup(file, flags), "0.1.0", clock, log);
//   up.start();                        // throws a sentence when something cannot be used or fails
//   std::cout << up.screen();
//   up.stop();                         // the broker first, then the name server that it leaves
//
// Thread: one that owns it. `clock` and `log` outlive it.
#pragma once

#include "access/policy.h"
#include "cli/up_config.h"
#include "kernel/broker.h"
#include "logging/logger.h"
#include "namesrv/name_server.h"

#include <functional>
#include <memory>
#include <string>

namespace gantry::cli {

class Up {
 public:
  // `setup` is sound: its report is ok().
  Up(UpSetup setup, std::string version, const api::Clock& clock, logging::Logger& log);
  ~Up();
  Up(const Up&) = delete;
  Up& operator=(const Up&) = delete;

  // Before start(): told of the log level when it changes, on any thread.
  void at_log_level(std::function<void(logging::Level)> told);

  // When it returns clients are served, and find the broker by the name server. Throws std::runtime_error
  // with a sentence that names what cannot be used; then only the destructor may follow.
  void start();

  // What is there and where, what an acknowledged message is worth: text for whoever started it.
  std::string screen() const;

  // Takes over what has changed in the broker's configuration file and can change while running.
  void reload(const UpSetup& fresh) { broker_->reload(fresh.broker); }

  // Answers what was asked, brings everything to the disk, and ends.
  void stop();

  const namesrv::NameServer& name_server() const { return *name_server_; }
  const kernel::Broker& broker() const { return *broker_; }

 private:
  std::string namesrv_address() const;
  void start_name_server();
  void start_broker();

  UpSetup setup_;
  const std::string version_;
  const api::Clock& clock_;
  const std::unique_ptr<logging::Logger> namesrv_log_;
  const std::unique_ptr<logging::Logger> broker_log_;
  const std::filesystem::path data_dir_;
  std::function<void(logging::Level)> log_level_;
  const access::AllowAll policy_;
  std::unique_ptr<namesrv::NameServer> name_server_;
  std::unique_ptr<kernel::Broker> broker_;
};

}  // namespace gantry::cli
