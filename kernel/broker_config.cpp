#include "kernel/broker_config.h"

#include "daemon/data_dir.h"
#include "kernel/identity_of_broker.h"
#include "kernel/plugin_search.h"

#include <array>
#include <climits>
#include <unistd.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using options::Alias;
using options::Complaint;
using Config = BrokerConfig;
using Schema = options::Schema<Config>;

void declare_service(Schema& schema) {
  schema.option("listen", &Config::listen)
      .help("Address and port that clients connect to. Port 0 takes a free one.")
      .apache(Alias::port("listenPort"));
  schema.option("advertised_address", &Config::advertised_address)
      .help("Host, or host:port, that clients are told to connect to. Empty: this machine's first address.")
      .apache("brokerIP1");
  schema.option("io_threads", &Config::io_threads)
      .range(0, 1024)
      .help("Threads that serve connections. 0: as many as the machine has cores.");
  schema.option("background_threads", &Config::background_threads)
      .range(1, 1024)
      .help("Threads that all plugins' jobs share.");
  schema.option("cluster", &Config::cluster)
      .not_empty()
      .help("Name of the cluster that this broker belongs to.")
      .apache("brokerClusterName");
  schema.option("broker_name", &Config::broker_name)
      .not_empty()
      .computed_default("this machine's name")
      .help("Name that a master shares with its slaves, and no other broker of the cluster has.")
      .apache("brokerName");
  schema.option("broker_id", &Config::broker_id)
      .range(0, std::int64_t{INT_MAX})
      .help("0 for the master of that name, which takes messages; each slave has a number of its own.")
      .apache("brokerId");
}

void declare_clients(Schema& schema) {
  schema.option("auto_create_groups", &Config::auto_create_groups)
      .help("Makes a consumer group when its first consumer comes. false: an administrator does.")
      .apache("autoCreateSubscriptionGroup");
}

void declare_registration(Schema& schema) {
  schema.option("namesrv", &Config::namesrv)
      .help("Name servers that this broker registers with, each a host:port. None: it runs alone.")
      .apache(Alias::semicolons("namesrvAddr"));
  schema.option("registration_interval", &Config::registration_interval)
      .range(1s, 60s)
      .help(
          "How often it registers again; a name server forgets a broker that it has not heard of for two "
          "minutes.")
      .apache(Alias::units("registerNameServerPeriod", 1ms));
  schema.option("registration_timeout", &Config::registration_timeout)
      .range(100ms, 60s)
      .help("How long it waits for a name server's answer.")
      .apache(Alias::units("registerBrokerTimeoutMills", 1ms));
}

void declare_data(Schema& schema) {
  schema.option("data_dir", &Config::data_dir)
      .not_empty()
      .computed_default("~/.gantry/broker")
      .help("Directory that this broker keeps its files in; one broker to a directory.")
      .apache("storePathRootDir");
  schema.option("offset_flush_interval", &Config::offset_flush_interval)
      .range(100ms, 1h)
      .help("How often consumer offsets go to the disk; a crash can cost those of one interval.")
      .apache(Alias::units("flushConsumerOffsetInterval", 1ms));
  schema.option("plugin_path", &Config::plugin_path)
      .computed_default("lib/gantry/plugins beside the program's bin/")
      .help("Directories in which plugins are looked for; the first that has one wins.");
  schema.option("metrics_file", &Config::metrics_file)
      .help("File that all figures are written to in Prometheus' text format. Empty: none.");
  schema.option("metrics_interval", &Config::metrics_interval)
      .range(1s, 1h)
      .changeable()
      .help("How often metrics_file is written anew.");
}

std::vector<Complaint> check_whole(const Config& config) {
  auto found = daemon::complaints_of(config);
  if (auto why = why_no_advertised_address(config.advertised_address); !why.empty())
    found.push_back({"advertised_address", std::move(why)});
  for (const std::string& address : config.namesrv) {
    if (options::HostPort::parse(address)) continue;
    found.push_back({"namesrv", "\"" + address + "\" is no host:port, such as \"10.0.0.5:9876\""});
  }
  return found;
}

}  // namespace

std::filesystem::path default_data_dir() {
  return daemon::default_data_dir("broker");
}

std::string default_broker_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "broker";
}

std::vector<std::string> default_plugin_path() {
  return {default_plugin_directory().string()};
}

Schema broker_schema() {
  Schema schema;
  declare_service(schema);
  declare_clients(schema);
  declare_registration(schema);
  declare_data(schema);
  daemon::declare_listener_options(schema);
  daemon::declare_log_options(schema);
  schema.check_whole(check_whole);
  return schema;
}

}  // namespace gantry::kernel
