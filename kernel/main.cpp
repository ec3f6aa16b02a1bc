// gantry-broker: the broker as a program.
#include "daemon/signals.h"
#include "daemon/unexpected_flag.h"
#include "kernel/broker.h"
#include "kernel/metadata.h"
#include "kernel/metadata_file.h"
#include "kernel/plugin_report.h"
#include "kernel/real_clock.h"
#include "options/flags.h"

#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantry::kernel {

namespace {

constexpr std::string_view kVersion = GANTRY_VERSION;
constexpr int kCannotStart = 1;

struct CommandLine {
  std::string file;
  std::string described;
  std::string export_to;
  bool check = false;
  bool print = false;
  bool list = false;
  bool json = false;
  bool json_schema = false;
  bool version = false;
  std::vector<options::FlagValue> flags;
};

void describe(CLI::App& app, const options::OptionSet& options, CommandLine& line) {
  app.name("gantry-broker");
  app.description("The Gantry broker: a kernel, and the plugins that its configuration file enables.");
  app.footer(
      "Examples:\n"
      "  gantry-broker --config /etc/gantry/broker.toml\n"
      "  gantry-broker --config broker.toml --check-config\n"
      "  gantry-broker --list-plugins\n"
      "  gantry-broker --describe-plugin schedule --json-schema");
  app.add_option("-c,--config,--configFile", line.file,
                 "Configuration file: TOML, or the properties of Apache's broker.")
      ->option_text("FILE");
  app.add_flag("--check-config", line.check, "Say what is wrong with the configuration, and end.");
  app.add_flag("-p,--print-config,--printConfigItem", line.print,
               "Print every option's value and where it came from, as TOML, and end.");
  app.add_flag("--list-plugins", line.list, "Print which plugins were found, and why some cannot be loaded.");
  app.add_option("--describe-plugin", line.described, "Print what a plugin is for and which options it has.")
      ->option_text("NAME");
  app.add_flag("--json", line.json, "With --describe-plugin: as JSON.");
  app.add_flag("--json-schema", line.json_schema,
               "Print a JSON Schema of the configuration file with all plugins that were found; with "
               "--describe-plugin of that plugin's table.");
  app.add_option(
         "--export-metadata", line.export_to,
         "Write topics, groups and offsets as an Apache broker has them, DIR/config/*.json, and end. The "
         "broker must not be running.")
      ->option_text("DIR");
  app.add_flag("--version", line.version, "Print the version, and end.");
  options::add_flags(app, options, line.flags);
}

const std::vector<std::string> kOwnFlags{"--config",       "--check-config",    "--print-config",
                                         "--list-plugins", "--describe-plugin", "--json",
                                         "--json-schema",  "--export-metadata", "--version"};

LoadedPlugin find_and_load(const PluginSearch& search, const std::string& name) {
  const auto file = search.find(name);
  if (!file) throw std::runtime_error("plugin " + name + " is not there: " + search.why_not_found(name));
  auto loaded = load(*file);
  if (!loaded)
    throw std::runtime_error("plugin " + name + " " + loaded.error().text + " (" + file->path.string() + ")");
  return *std::move(loaded);
}

void print_description(const PluginSearch& search, const CommandLine& line) {
  const auto plugin = find_and_load(search, line.described);
  if (line.json_schema)
    std::cout << json_schema(plugin);
  else
    std::cout << (line.json ? describe_plugin_json(plugin) : describe_plugin(plugin));
}

void print_schema(const options::Schema<BrokerConfig>& schema, const PluginSearch& search) {
  std::vector<LoadedPlugin> plugins;
  std::string previous;
  for (const auto& file : search.all()) {
    if (file.name == previous) continue;
    previous = file.name;
    if (auto loaded = load(file)) plugins.push_back(*std::move(loaded));
  }
  std::vector<const LoadedPlugin*> all;
  all.reserve(plugins.size());
  for (const auto& plugin : plugins) all.push_back(&plugin);
  std::cout << json_schema(schema, all);
}

void serve(BrokerSetup setup, const std::function<BrokerSetup()>& read_again) {
  daemon::Signals signals(daemon::Signals::Reloads::yes);
  const auto log = daemon::open_log(setup.config, "broker");
  daemon::log_warnings(setup.report, *log);

  const RealClock clock;
  const auto data_dir = setup.config.data_dir.string();
  Broker broker(std::move(setup), std::string(kVersion), clock, *log);
  broker.at_config_change([&log](const BrokerConfig& changed) { log->set_level(changed.log_level); });
  broker.start();

  std::cout << "gantry-broker " << kVersion << " ready on " << broker.endpoints().front() << std::endl;
  log->info("ready", {{"version", kVersion}, {"data_dir", data_dir}});
  while (signals.wait() == daemon::Told::reload) broker.reload(read_again());
  log->info("stopping", {{"signal", signals.name()}});
  broker.stop();
  log->info("stopped");
}

int check(const BrokerSetup& setup) {
  std::cerr << setup.report.str();
  const auto why = daemon::unusable_files(setup.config);
  if (!why.empty()) std::cerr << why << "\n";
  if (!setup.report.ok() || !why.empty()) return kCannotStart;
  std::cout << "the configuration is sound\n";
  return 0;
}

void export_metadata(const BrokerConfig& config, const std::filesystem::path& to) {
  // Opening would make it.
  if (const auto file = metadata_file(config.data_dir); !std::filesystem::exists(file))
    throw std::runtime_error("there is no " + file.string() + "; data_dir says where a broker's metadata is");
  const auto log = daemon::open_log(config, "broker");
  const RealClock clock;
  const auto metadata = Metadata::open(config.data_dir, {}, clock, *log).value();
  metadata->export_apache(to).value();
  std::cout << "written to " << (to / "config").string() << "\n";
}

int act(const options::Schema<BrokerConfig>& schema, const CommandLine& line) {
  std::optional<std::filesystem::path> file;
  if (!line.file.empty()) file = line.file;
  const auto standard = standard_plugins(StandardPlugins::When::with_apaches_file);
  const auto read = [&] { return read_setup(schema, file, line.flags, standard); };
  auto setup = read();
  const auto search = search_of(setup.config);
  // Who looks for what is wrong must see these, whatever else is.
  if (!line.described.empty()) return print_description(search, line), 0;
  if (line.list) return std::cout << list_plugins(search, setup.plugins), 0;
  if (line.json_schema) return print_schema(schema, search), 0;
  if (line.check) return check(setup);
  if (!setup.report.ok()) {
    std::cerr << setup.report.str();
    return kCannotStart;
  }
  if (line.print) return std::cout << print_setup(schema, setup), 0;
  if (!line.export_to.empty()) return export_metadata(setup.config, line.export_to), 0;
  serve(std::move(setup), read);
  return 0;
}

int run(int argc, char** argv) {
  const auto schema = broker_schema();
  CommandLine line;
  CLI::App app;
  describe(app, schema, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    throw std::runtime_error(daemon::why_unexpected(app, schema, kOwnFlags));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCannotStart;
  }
  if (line.version) {
    std::cout << "gantry-broker " << kVersion << "\n";
    return 0;
  }
  return act(schema, line);
}

}  // namespace

}  // namespace gantry::kernel

int main(int argc, char** argv) {
  try {
    return gantry::kernel::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "gantry-broker: " << error.what() << "\n";
    return gantry::kernel::kCannotStart;
  }
}
