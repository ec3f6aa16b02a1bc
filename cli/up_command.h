// `gantry up`: the command line, and the process around Up.
#pragma once

#include "options/load.h"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace gantry::cli {

class UpCommand {
 public:
  // Describes itself in `command`, which outlives it.
  explicit UpCommand(CLI::App& command);

  // What is wrong with a command line that `command` did not take.
  std::string why_unexpected() const;

  // Serves until SIGTERM or SIGINT. The exit code; throws std::runtime_error with a sentence.
  int run(std::string_view version);

 private:
  CLI::App& command_;
  const options::OptionSet& set_;
  std::string file_;
  std::vector<options::FlagValue> flags_;
};

}  // namespace gantry::cli
