#include "cli/up_command.h"

#include "cli/up.h"
#include "cli/up_config.h"
#include "daemon/signals.h"
#include "daemon/unexpected_flag.h"
#include "kernel/real_clock.h"
#include "options/flags.h"

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

namespace gantry::cli {
namespace {

constexpr int kCannotStart = 1;

const options::Schema<UpConfig>& schema() {
  static const auto made = up_schema();
  return made;
}

}  // namespace

UpCommand::UpCommand(CLI::App& command) : command_(command), set_(schema()) {
  command.description("Start a name server and a broker in one process.");
  command.footer(
      "Nothing has to be configured: clients are given this machine's name and port 9876, and what they "
      "send\n"
      "is kept in ~/.gantry/up.\n\n"
      "Examples:\n"
      "  gantry up\n"
      "  gantry up --data-dir /var/lib/gantry --log-level info\n"
      "  gantry up --advertised-address broker.example\n"
      "  gantry up --config broker.toml");
  command
      .add_option("-c,--config", file_,
                  "Configuration file of the broker: TOML, or the properties of Apache's broker.")
      ->option_text("FILE");
  options::add_flags(command, set_, flags_);
}

std::string UpCommand::why_unexpected() const {
  return daemon::why_unexpected(command_, set_, {"--config"});
}

int UpCommand::run(std::string_view version) {
  const auto read = [&] {
    return read_up_setup(file_.empty() ? std::nullopt : std::optional<std::filesystem::path>(file_), flags_);
  };
  auto setup = read();
  if (!setup.report.ok()) {
    std::cerr << setup.report.str();
    return kCannotStart;
  }
  daemon::Signals signals(daemon::Signals::Reloads::yes);
  const auto log = daemon::open_log(setup.broker.config, "gantry");
  daemon::log_warnings(setup.report, *log);
  const kernel::RealClock clock;
  Up up(std::move(setup), std::string(version), clock, *log);
  up.at_log_level([&log](logging::Level level) { log->set_level(level); });
  up.start();
  std::cout << up.screen() << std::flush;
  log->info("ready", {{"version", version}});
  while (signals.wait() == daemon::Told::reload) up.reload(read());
  std::cout << "stopping: what was asked is answered first; a second Ctrl-C ends at once" << std::endl;
  log->info("stopping", {{"signal", signals.name()}});
  up.stop();
  std::cout << "stopped" << std::endl;
  log->info("stopped");
  return 0;
}

}  // namespace gantry::cli
