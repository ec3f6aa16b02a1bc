// What stands in every plugin's table, beside the plugin's own options.
#pragma once

#include "options/schema.h"

namespace gantry::kernel {

struct PluginSwitches {
  bool enabled = true;
  bool optional = false;
};

const options::Schema<PluginSwitches>& switches_schema();

}  // namespace gantry::kernel
