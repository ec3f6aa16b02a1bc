// Plugins that a broker has though nobody enabled them: those that the build ships as its standard ones
// (GANTRY_STANDARD_PLUGINS in CMakeLists.txt). The kernel itself knows none by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gantry::kernel {

struct StandardPlugins {
  // A table that says enabled = false always switches one off.
  enum class When : std::uint8_t {
    never,              // a table enables a plugin, and nothing else does
    with_apaches_file,  // which has no tables, and means a broker that has all this
    always,             // `gantry up` needs no file
  };

  std::vector<std::string> names;
  When when = When::never;
};

StandardPlugins standard_plugins(StandardPlugins::When when);

}  // namespace gantry::kernel
