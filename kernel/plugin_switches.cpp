#include "kernel/plugin_switches.h"

namespace gantry::kernel {

const options::Schema<PluginSwitches>& switches_schema() {
  static const auto schema = [] {
    options::Schema<PluginSwitches> made;
    made.option("enabled", &PluginSwitches::enabled)
        .help(
            "The table alone enables the plugin; false switches it off and leaves its options where they "
            "are.");
    made.option("optional", &PluginSwitches::optional)
        .help("true: the broker starts without the plugin when it is missing or fails to start.");
    return made;
  }();
  return schema;
}

}  // namespace gantry::kernel
