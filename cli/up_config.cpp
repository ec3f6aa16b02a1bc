#include "cli/up_config.h"

#include "cli/open_files.h"
#include "daemon/data_dir.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gantry::cli {
namespace {

using options::FlagValue;

constexpr std::string_view kNamesrvListen = "namesrv_listen";

void append(options::Report& all, const options::Report& some) {
  all.mistakes.insert(all.mistakes.end(), some.mistakes.begin(), some.mistakes.end());
  all.warnings.insert(all.warnings.end(), some.warnings.begin(), some.warnings.end());
}

// What a broker of a program of its own would do otherwise, where nobody has said a word about it.
void apply_defaults(kernel::BrokerSetup& setup) {
  const UpConfig defaults;
  const auto is_left = [&](const char* option) { return setup.origins.find(option) == nullptr; };
  if (is_left("data_dir")) setup.config.data_dir = defaults.data_dir;
  if (is_left("log_level")) setup.config.log_level = defaults.log_level;
  if (is_left("max_connections"))
    setup.config.max_connections = connections_of_each(setup.config.max_connections);
}

// One thread serves all that a single broker and its clients ask.
options::Loaded<namesrv::NamesrvConfig> read_namesrv(const UpConfig& up, const kernel::BrokerConfig& broker) {
  const std::vector<FlagValue> flags{{"listen", up.namesrv_listen.str()},
                                     {"data_dir", (broker.data_dir / "namesrv").string()},
                                     {"max_connections", std::to_string(broker.max_connections)},
                                     {"io_threads", "1"}};
  return namesrv::load_config(namesrv::namesrv_schema(), std::nullopt, flags);
}

}  // namespace

UpConfig::UpConfig() : data_dir(daemon::default_data_dir("up")) {
}

options::Schema<UpConfig> up_schema() {
  options::Schema<UpConfig> schema;
  schema.option("data_dir", &UpConfig::data_dir)
      .not_empty()
      .computed_default("~/.gantry/up")
      .help("Directory that everything is kept in.");
  schema.option("listen", &UpConfig::listen).help("Address and port of the broker. Port 0 takes a free one.");
  schema.option(kNamesrvListen, &UpConfig::namesrv_listen)
      .help("Address and port of the name server, which clients are given. Port 0 takes a free one.");
  schema.option("advertised_address", &UpConfig::advertised_address)
      .help(
          "Host, or host:port, at which clients reach the broker, where that is not this machine's first "
          "address: in containers, behind NAT.");
  schema.option("log_level", &UpConfig::log_level, logging::kLevelNames)
      .help("Lines below this level are not written.");
  schema.option("log_file", &UpConfig::log_file).help("File that is logged to. Empty: standard error.");
  return schema;
}

UpSetup read_up_setup(const std::optional<std::filesystem::path>& file, std::span<const FlagValue> flags) {
  UpSetup setup;
  UpConfig up;
  options::Origins nobody_asks;
  options::apply_flags(up_schema(), up, flags, nobody_asks, setup.report);
  if (!setup.report.ok()) return setup;

  std::vector<FlagValue> of_broker;
  std::copy_if(flags.begin(), flags.end(), std::back_inserter(of_broker),
               [](const FlagValue& flag) { return flag.option != kNamesrvListen; });
  setup.broker = kernel::read_setup(kernel::broker_schema(), file, of_broker,
                                    kernel::standard_plugins(kernel::StandardPlugins::When::always));
  apply_defaults(setup.broker);
  setup.namesrv = read_namesrv(up, setup.broker.config);
  append(setup.report, setup.broker.report);
  append(setup.report, setup.namesrv.report);
  return setup;
}

}  // namespace gantry::cli
