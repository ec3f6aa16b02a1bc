// What operators are shown of plugins: the list of those that were found, and all that one says of itself.
#pragma once

#include "kernel/plugin_choice.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

// Everything in the search path, each with its state: enabled, not enabled, cannot be loaded and why, hidden
// by another of that name. Loads what can be loaded.
std::string list_plugins(const PluginSearch& search, std::span<const ChosenPlugin> enabled);

// The reference of one plugin, for a terminal and for programs.
std::string describe_plugin(const LoadedPlugin& plugin);
std::string describe_plugin_json(const LoadedPlugin& plugin);

}  // namespace gantry::kernel
