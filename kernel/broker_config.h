// What can be configured of the broker itself, and under which names: gantry-broker's TOML file and flags,
// and Apache's broker.conf. Each plugin's options are its own, under [plugins.NAME].
#pragma once

#include "daemon/listener_config.h"
#include "daemon/log_config.h"
#include "options/schema.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gantry::kernel {

// ~/.gantry/broker, or /var/lib/gantry/broker for a user without a home.
std::filesystem::path default_data_dir();

// This machine's name.
std::string default_broker_name();

// The directories of plugins when none are configured.
std::vector<std::string> default_plugin_path();

// The member initialisers are the defaults. What each means stands in broker_schema() and, made from it, in
// docs/broker-options.md.
struct BrokerConfig : daemon::ListenerConfig, daemon::LogConfig {
  options::HostPort listen{"0.0.0.0", 10911};
  std::string advertised_address;
  std::size_t io_threads = 0;
  std::size_t background_threads = 4;

  std::string cluster = "DefaultCluster";
  std::string broker_name = default_broker_name();
  std::int64_t broker_id = 0;

  bool auto_create_groups = true;

  std::vector<std::string> namesrv;
  std::chrono::milliseconds registration_interval = std::chrono::seconds(30);
  std::chrono::milliseconds registration_timeout = std::chrono::seconds(6);

  std::filesystem::path data_dir = default_data_dir();
  std::chrono::milliseconds offset_flush_interval = std::chrono::seconds(5);
  std::vector<std::string> plugin_path = default_plugin_path();

  std::filesystem::path metrics_file;
  std::chrono::milliseconds metrics_interval = std::chrono::seconds(15);

  bool operator==(const BrokerConfig&) const = default;
};

options::Schema<BrokerConfig> broker_schema();

}  // namespace gantry::kernel
