// Says of a command line's flag that nobody expects what was probably meant; CLI11 lists them without a hint.
#pragma once

#include "options/schema.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gantry::daemon {

// After CLI::ExtrasError: "--listn: unknown flag; nearest is --listen". `own` are the program's flags beside
// those of its options.
std::string why_unexpected(const CLI::App& app, const options::OptionSet& options,
                           std::vector<std::string> own);

}  // namespace gantry::daemon
