// Gives a program's command line a flag for each option.
#pragma once

#include "options/load.h"
#include "options/schema.h"

#include <vector>

namespace CLI {
class App;
}

namespace gantry::options {

// Each option becomes --its-name, with its help and default in --help. What is given is put into `given`, in
// the order of the declarations, as plain text: load() reads and checks it. `set` and `given` outlive
// app.parse(). A flag for true or false may stand alone; repeated flags: the last one counts.
void add_flags(CLI::App& app, const OptionSet& set, std::vector<FlagValue>& given);

}  // namespace gantry::options
