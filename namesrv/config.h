// What can be configured of a name server, and under which names: gantry-namesrv's TOML file and flags, and
// Apache's namesrv.conf.
//
//   const auto schema = namesrv_schema();
//   auto [config, origins, report] = options::load(schema, file, flags);
#pragma once

#include "daemon/listener_config.h"
#include "daemon/log_config.h"
#include "options/schema.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace gantry::namesrv {

// ~/.gantry/namesrv, or /var/lib/gantry/namesrv for a user without a home.
std::filesystem::path default_data_dir();

// The member initialisers are the defaults. What each means stands in namesrv_schema() and, made from it, in
// docs/namesrv-options.md.
struct NamesrvConfig : daemon::ListenerConfig, daemon::LogConfig {
  options::HostPort listen{"0.0.0.0", 9876};
  std::size_t io_threads = 0;

  std::filesystem::path data_dir = default_data_dir();
  std::filesystem::path kv_config_path;
  std::chrono::milliseconds kv_log_interval = std::chrono::minutes(10);
  bool order_message_enable = false;

  std::chrono::milliseconds broker_expiry = std::chrono::seconds(120);
  std::chrono::milliseconds scan_interval = std::chrono::seconds(10);

  bool operator==(const NamesrvConfig&) const = default;
};

options::Schema<NamesrvConfig> namesrv_schema();

// Where the KV config is kept.
std::filesystem::path kv_config_file(const NamesrvConfig& config);

// The answer to a request for the configuration (GET_NAMESRV_CONFIG): Apache 4.9's keys, the ones without
// effect here with Apache's defaults.
std::string config_for_clients(const options::Schema<NamesrvConfig>& schema, const NamesrvConfig& config);

}  // namespace gantry::namesrv
