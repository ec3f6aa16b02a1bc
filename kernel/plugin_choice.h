// Which plugins a configuration file enables: found, loaded, their options read and checked, in the order in
// which they are brought up. All mistakes are found in one go, each with its place; nothing of a plugin has
// run but its description and the check of its options.
//
// At start-up and for each reload, on one thread.
#pragma once

#include "kernel/plugin_file.h"
#include "kernel/plugin_order.h"
#include "kernel/plugin_search.h"
#include "kernel/standard_plugins.h"
#include "options/load.h"

#include <memory>
#include <string>
#include <vector>

namespace gantry::kernel {

// The table of all plugins in a configuration file.
inline constexpr std::string_view kPluginsTable = "plugins";

struct ChosenPlugin {
  std::string name;
  std::filesystem::path file;
  bool optional = false;
  LoadedPlugin loaded;
  std::shared_ptr<void> config;  // filled
};

// What orders plugins, of one of them.
PluginWants wants_of(const std::string& name, const LoadedPlugin& plugin, bool optional);

// The chosen plugins, without the optional ones that are left out: those are warnings in the report. With a
// mistake in the report they are in the file's order. A standard plugin that is not there is left out, too,
// unless the broker would be without a message store.
std::vector<ChosenPlugin> choose_plugins(options::ConfigFile& file, const PluginSearch& search,
                                         options::Origins& origins, options::Report& report,
                                         const StandardPlugins& standard = {});

}  // namespace gantry::kernel
