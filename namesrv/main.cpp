// gantry-namesrv: the name server as a program.
#include "access/policy.h"
#include "daemon/signals.h"
#include "daemon/unexpected_flag.h"
#include "namesrv/heap.h"
#include "namesrv/name_server.h"
#include "namesrv/running_config.h"
#include "options/flags.h"
#include "options/print.h"

#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantry::namesrv {

namespace {

constexpr std::string_view kVersion = GANTRY_VERSION;
constexpr int kCannotStart = 1;

struct CommandLine {
  std::string file;
  bool check = false;
  bool print = false;
  bool version = false;
  std::vector<options::FlagValue> flags;
};

void describe(CLI::App& app, const options::OptionSet& options, CommandLine& line) {
  app.name("gantry-namesrv");
  app.description(
      "The Gantry name server: tells clients which brokers serve a topic, and keeps watch on brokers.");
  app.footer(
      "Examples:\n"
      "  gantry-namesrv --listen 127.0.0.1:9876 --data-dir /var/lib/gantry/namesrv\n"
      "  gantry-namesrv --config /etc/gantry/namesrv.toml --check-config\n"
      "  gantry-namesrv -c /opt/rocketmq/conf/namesrv.conf --print-config > namesrv.toml");
  app.add_option("-c,--config,--configFile", line.file,
                 "Configuration file: TOML, or the properties of Apache's name server.")
      ->option_text("FILE");
  app.add_flag("--check-config", line.check, "Say what is wrong with the configuration, and end.");
  app.add_flag("-p,--print-config,--printConfigItem", line.print,
               "Print every option's value and where it came from, as TOML, and end.");
  app.add_flag("--version", line.version, "Print the version, and end.");
  options::add_flags(app, options, line.flags);
}

void serve(const options::Loaded<NamesrvConfig>& loaded) {
  daemon::Signals signals(daemon::Signals::Reloads::no);
  const NamesrvConfig& config = loaded.config;
  const auto log = daemon::open_log(config, "namesrv");
  daemon::log_warnings(loaded.report, *log);

  const access::AllowAll policy;
  NameServer server(config, loaded.origins, policy, *log);
  server.at_config_change([&log](const NamesrvConfig& changed) { log->set_level(changed.log_level); });
  server.start();

  const auto& first = server.endpoints().front();
  std::cout << "gantry-namesrv " << kVersion << " ready on " << first << std::endl;
  log->info("ready", {{"version", kVersion}, {"data_dir", config.data_dir.string()}});
  signals.wait();
  log->info("stopping", {{"signal", signals.name()}});
  server.stop();
  log->info("stopped");
}

int run(int argc, char** argv) {
  const auto schema = namesrv_schema();
  CommandLine line;
  CLI::App app;
  describe(app, schema, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    throw std::runtime_error(
        daemon::why_unexpected(app, schema, {"--config", "--check-config", "--print-config", "--version"}));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kCannotStart;
  }
  if (line.version) {
    std::cout << "gantry-namesrv " << kVersion << "\n";
    return 0;
  }

  std::optional<std::filesystem::path> file;
  if (!line.file.empty()) file = line.file;
  auto loaded = load_config(schema, file, line.flags);
  if (!loaded.report.ok()) {
    std::cerr << loaded.report.str();
    return kCannotStart;
  }
  if (line.print) {
    std::cout << options::print_config(schema, loaded.config, loaded.origins);
    return 0;
  }
  if (line.check) {
    std::cerr << loaded.report.str();
    if (const std::string why = daemon::unusable_files(loaded.config); !why.empty()) {
      std::cerr << why << "\n";
      return kCannotStart;
    }
    std::cout << "the configuration is sound\n";
    return 0;
  }
  serve(loaded);
  return 0;
}

}  // namespace

}  // namespace gantry::namesrv

int main(int argc, char** argv) {
  gantry::namesrv::use_one_heap();
  try {
    return gantry::namesrv::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "gantry-namesrv: " << error.what() << "\n";
    return gantry::namesrv::kCannotStart;
  }
}
