#include "kernel/standard_plugins.h"

#include <algorithm>
#include <string_view>

namespace gantry::kernel {

StandardPlugins standard_plugins(StandardPlugins::When when) {
  StandardPlugins standard{.names = {}, .when = when};
  std::string_view rest = GANTRY_STANDARD_PLUGINS;  // with commas between them
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    standard.names.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return standard;
}

}  // namespace gantry::kernel
