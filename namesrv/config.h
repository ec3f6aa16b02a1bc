// What can be configured of a name server, and under which names: gantry-namesrv's TOML file and flags, and
// Apache's namesrv.conf.
//
//   const auto schema = namesrv_schema();
//   auto [config, origins, report] = options::load(schema, file, flags);
#pragma once

#include "logging/logger.h"
#include "logging/spdlog_logger.h"
#include "options/schema.h"
#include "remoting/byte_size.h"
#include "remoting/tls.h"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace gantry::namesrv {

// ~/.gantry/namesrv, or /var/lib/gantry/namesrv for a user without a home.
std::filesystem::path default_data_dir();

// A quarter of the memory that this process may use (the machine's, or its control group's), at most 1 GiB.
ByteSize default_memory_in_flight();

// The member initialisers are the defaults. What each means stands in namesrv_schema() and, made from it, in
// docs/namesrv-options.md.
struct NamesrvConfig {
  options::HostPort listen{"0.0.0.0", 9876};
  std::size_t io_threads = 0;

  std::filesystem::path data_dir = default_data_dir();
  std::filesystem::path kv_config_path;
  std::chrono::milliseconds kv_log_interval = std::chrono::minutes(10);
  bool order_message_enable = false;

  std::chrono::milliseconds broker_expiry = std::chrono::seconds(120);
  std::chrono::milliseconds scan_interval = std::chrono::seconds(10);

  std::chrono::milliseconds idle_timeout = std::chrono::seconds(120);
  std::chrono::milliseconds frame_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);

  std::size_t max_connections = 20'000;
  ByteSize max_frame_size = ByteSize::mib(16);
  ByteSize outbox_limit = ByteSize::mib(1);
  std::size_t unanswered_limit = 1024;
  ByteSize memory_in_flight = default_memory_in_flight();

  remoting::TlsMode tls_mode = remoting::TlsMode::off;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::filesystem::path tls_client_ca;
  remoting::ClientCertificate tls_client_auth = remoting::ClientCertificate::none;

  logging::Level log_level = logging::Level::info;
  logging::Format log_format = logging::Format::human;
  std::filesystem::path log_file;
  ByteSize log_file_size = ByteSize::mib(100);
  std::size_t log_files_kept = 10;

  bool operator==(const NamesrvConfig&) const = default;
};

options::Schema<NamesrvConfig> namesrv_schema();

// Where the KV config is kept.
std::filesystem::path kv_config_file(const NamesrvConfig& config);

// The answer to a request for the configuration (GET_NAMESRV_CONFIG): Apache 4.9's keys, the ones without
// effect here with Apache's defaults.
std::string config_for_clients(const options::Schema<NamesrvConfig>& schema, const NamesrvConfig& config);

}  // namespace gantry::namesrv
