#include "namesrv/config.h"

#include "daemon/data_dir.h"
#include "daemon/netty_keys.h"
#include "options/wire.h"

#include <utility>

namespace gantry::namesrv {
namespace {

using namespace std::chrono_literals;
using options::Alias;
using Config = NamesrvConfig;
using Schema = options::Schema<Config>;

void declare_service(Schema& schema) {
  schema.option("listen", &Config::listen)
      .help("Address and port that brokers and clients connect to. Port 0 takes a free one.")
      .apache(Alias::port("listenPort"));
  schema.option("io_threads", &Config::io_threads)
      .range(0, 1024)
      .help("Threads that serve connections. 0: as many as it may use cores.");
  schema.option("data_dir", &Config::data_dir)
      .not_empty()
      .computed_default("~/.gantry/namesrv")
      .help("Directory that this server keeps its files in; one server to a directory.");
  schema.option("kv_config_path", &Config::kv_config_path)
      .help("File that the KV config is kept in. Empty: kvConfig.json in data_dir.")
      .apache("kvConfigPath");
  schema.option("kv_log_interval", &Config::kv_log_interval)
      .range(1s, 24h)
      .help("How often the whole KV config is logged.");
  schema.option("order_message_enable", &Config::order_message_enable)
      .changeable_by_wire()
      .help("Adds the order config of a topic, kept in the KV config, to its route.")
      .apache("orderMessageEnable");
  schema.option("broker_expiry", &Config::broker_expiry)
      .range(1s, 24h)
      .changeable_by_wire()
      .help("Silence after which a broker is taken out of all routes. Brokers report every 30s.");
  schema.option("scan_interval", &Config::scan_interval)
      .range(100ms, 1h)
      .changeable_by_wire()
      .help("How often silent brokers are looked for.");
}

// The rest of Apache's NamesrvConfig and NettyServerConfig. Clients are told what Apache tells them.
void declare_without_effect(Schema& schema) {
  const auto told = [&](std::string name, std::string value, std::string why) {
    schema.without_effect({std::move(name), std::move(why), std::move(value)});
  };
  const auto refused = [&](std::string name, std::optional<std::string> value, std::string why) {
    schema.without_effect({std::move(name), std::move(why), std::move(value), true});
  };
  refused("rocketmqHome", "", "there is no installation directory");
  refused("configStorePath", "", "changes by wire are kept in data_dir");
  refused("configBlackList", std::nullopt, "what may change by wire is a fixed list");
  told("productEnvName", "center", "it belongs to clusterTest");
  told("clusterTest", "false", "routes are never asked from another environment");

  daemon::declare_netty_keys(schema);
}

}  // namespace

std::filesystem::path default_data_dir() {
  return daemon::default_data_dir("namesrv");
}

Schema namesrv_schema() {
  Schema schema;
  declare_service(schema);
  daemon::declare_listener_options(schema);
  daemon::declare_log_options(schema);
  declare_without_effect(schema);
  schema.check_whole([](const Config& config) { return daemon::complaints_of(config); });
  return schema;
}

std::filesystem::path kv_config_file(const Config& config) {
  return config.kv_config_path.empty() ? config.data_dir / "kvConfig.json" : config.kv_config_path;
}

std::string config_for_clients(const Schema& schema, const Config& config) {
  return options::to_properties(schema, config, {{"kvConfigPath", kv_config_file(config).string()}});
}

}  // namespace gantry::namesrv
