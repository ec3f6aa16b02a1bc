// gantry-namesrv: the name server as a program.
#include "access/policy.h"
#include "logging/spdlog_logger.h"
#include "namesrv/heap.h"
#include "namesrv/name_server.h"
#include "namesrv/running_config.h"
#include "options/flags.h"
#include "options/nearest.h"
#include "options/print.h"

#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <pthread.h>
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

// CLI11 lists what it did not expect, without a hint.
std::string why_unexpected(const CLI::App& app, const options::OptionSet& options) {
  std::vector<std::string> flags{"--config", "--check-config", "--print-config", "--version", "--help"};
  for (const auto& option : options.options()) flags.push_back(option.flag());
  for (const std::string& given : app.remaining()) {
    if (!given.starts_with("--")) continue;
    const std::string flag = given.substr(0, given.find('='));
    const auto near = options::nearest(flag, {flags.begin(), flags.end()});
    return flag + ": unknown flag; " + (near.empty() ? "see --help" : "nearest is " + std::string(near));
  }
  return app.remaining().front() + ": nothing is expected here; a configuration file is given with --config";
}

// Signals are taken by wait_for_the_end() alone: blocked here, before there are threads.
sigset_t block_end_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // a log reader that went away must not end the server
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// A second signal, while answers still owed are written, ends the process at once.
int wait_for_the_end(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return signal;
}

void serve(const options::Loaded<NamesrvConfig>& loaded) {
  const sigset_t end_signals = block_end_signals();
  const NamesrvConfig& config = loaded.config;
  const auto log = logging::SpdlogLogger::open({.program = "namesrv",
                                                .level = config.log_level,
                                                .format = config.log_format,
                                                .file = config.log_file,
                                                .file_bytes = config.log_file_size.bytes(),
                                                .old_files = config.log_files_kept})
                       .value();
  for (const auto& warning : loaded.report.warnings)
    log->warn("configuration", {{"place", warning.place.str()}, {"said", warning.text}});

  const access::AllowAll policy;
  NameServer server(config, loaded.origins, policy, *log);
  server.at_config_change([&log](const NamesrvConfig& changed) { log->set_level(changed.log_level); });
  server.start();

  const auto& first = server.endpoints().front();
  std::cout << "gantry-namesrv " << kVersion << " ready on " << first << std::endl;
  log->info("ready", {{"version", kVersion}, {"data_dir", config.data_dir.string()}});
  const int signal = wait_for_the_end(end_signals);
  log->info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
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
    throw std::runtime_error(why_unexpected(app, schema));
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
    if (const std::string why = unusable_files(loaded.config); !why.empty()) {
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
