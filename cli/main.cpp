// gantry: the command line.
#include "cli/up_command.h"
#include "options/nearest.h"

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace gantry::cli {
namespace {

constexpr std::string_view kVersion = GANTRY_VERSION;
constexpr int kFailed = 1;

std::string why_no_command(const CLI::App& app) {
  const std::string given = app.remaining().front();
  const auto near = options::nearest(given, {"up", "--help", "--version"});
  return given + ": unknown command; " + (near.empty() ? "see --help" : "nearest is " + std::string(near));
}

int run(int argc, char** argv) {
  CLI::App app;
  app.name("gantry");
  app.description("Gantry, a message broker for clients of Apache RocketMQ.");
  bool version = false;
  app.add_flag("--version", version, "Print the version, and end.");
  auto* const up_app = app.add_subcommand("up");
  UpCommand up(*up_app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    throw std::runtime_error(up_app->parsed() ? up.why_unexpected() : why_no_command(app));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kFailed;
  }
  if (version) {
    std::cout << "gantry " << kVersion << "\n";
    return 0;
  }
  if (up_app->parsed()) return up.run(kVersion);
  std::cerr << app.help();
  return kFailed;
}

}  // namespace
}  // namespace gantry::cli

int main(int argc, char** argv) {
  try {
    return gantry::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "gantry: " << error.what() << "\n";
    return gantry::cli::kFailed;
  }
}
