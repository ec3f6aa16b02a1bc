#include "daemon/unexpected_flag.h"

#include "options/nearest.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace gantry::daemon {

std::string why_unexpected(const CLI::App& app, const options::OptionSet& options,
                           std::vector<std::string> own) {
  std::vector<std::string> flags = std::move(own);
  flags.emplace_back("--help");
  for (const auto& option : options.options()) flags.push_back(option.flag());
  for (const std::string& given : app.remaining()) {
    if (!given.starts_with("--")) continue;
    const std::string flag = given.substr(0, given.find('='));
    const auto near = options::nearest(flag, {flags.begin(), flags.end()});
    return flag + ": unknown flag; " + (near.empty() ? "see --help" : "nearest is " + std::string(near));
  }
  return app.remaining().front() + ": nothing is expected here; a configuration file is given with --config";
}

}  // namespace gantry::daemon
