// The subcommands that load a broker.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantry::bench {

// One subcommand, and what it does when it was asked for; that returns the program's exit code.
struct Subcommand {
  CLI::App* app;
  std::function<int()> run;
};

// Their options live in the functions that they return.
std::vector<Subcommand> add_broker_commands(CLI::App& app);

}  // namespace gantry::bench
