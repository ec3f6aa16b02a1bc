// What can be configured of the broker itself, and under which names: gantry-broker's TOML file and flags,
// and Apache's broker.conf. Each plugin's options are its own, under [plugins.NAME].
#pragma once

#include "daemon/listener_config.h"
#include "daemon/log_config.h"
#include "options/schema.h"
#include "remoting/byte_size.h"

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
  bool second_port = true;
  std::string advertised_address;
  std::size_t io_threads = 0;
  std::size_t background_threads = 4;

  std::string cluster = "DefaultCluster";
  std::string broker_name = default_broker_name();
  std::int64_t broker_id = 0;

  bool auto_create_groups = true;
  std::string region = "DefaultRegion";
  bool trace_on = true;
  std::chrono::milliseconds gate_patience = std::chrono::seconds(3);
  bool store_replies = true;

  std::int64_t pull_most_messages = 1024;
  ByteSize pull_most_bytes = ByteSize::kib(256);
  bool long_polling = true;
  std::chrono::milliseconds short_polling_time = std::chrono::seconds(1);
  std::size_t max_parked_pulls = 100'000;
  bool filter_retries = false;
  bool slave_reads = false;

  bool auto_create_topics = true;
  std::int32_t default_topic_queues = 8;
  std::int32_t max_topic_queues = 16384;
  std::size_t max_topics = 100'000;
  std::size_t max_groups = 100'000;
  bool cluster_topic = true;
  bool broker_topic = true;
  bool trace_topic = false;
  std::string trace_topic_name = "RMQ_SYS_TRACE_TOPIC";
  std::chrono::milliseconds queue_lock_time = std::chrono::seconds(60);
  std::size_t max_locks_per_client = 20'000;
  std::size_t max_queue_locks = 500'000;
  std::size_t max_query_messages = 64;
  ByteSize max_query_size = ByteSize::mib(8);

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
