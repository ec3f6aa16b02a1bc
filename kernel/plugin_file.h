// A plugin's library as it lies on disk, and loaded. Whether it can be loaded is known from the name of the
// symbol that it exports (kernel/api/toolchain.h), before a line of it has run.
//
//   const auto file = look_at("/usr/lib/gantry/plugins/libhello.so");
//   if (!file.why_not.empty()) ...;         // "was built for plugin API 1, this broker has 0; ..."
//   auto loaded = load(file);
//
// At start-up, on one thread.
#pragma once

#include "kernel/api/plugin.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::kernel {

struct PluginFile {
  std::filesystem::path path;
  std::string name;     // "hello" of libhello.so
  std::string why_not;  // why it cannot be loaded, to follow its name; empty: it can, as far as one can see
};

// The name of the plugin in a file of that name; empty: not lib<name>.so.
std::string plugin_name_of(const std::filesystem::path& file);

// Lower case letters, digits and dashes, beginning with a letter.
bool is_plugin_name(std::string_view name);

PluginFile look_at(const std::filesystem::path& file);

// Why a plugin that exports `theirs` cannot be loaded by a broker whose symbol is `ours`; empty: it can.
std::string why_unfit(std::string_view theirs, std::string_view ours);

// A loaded one, with all that it says of itself. The library stays loaded until the process ends: whatever
// was made by it may be used for as long as it lives.
struct LoadedPlugin {
  const api::PluginExport* entry = nullptr;
  api::Descriptor descriptor;
  std::shared_ptr<const api::OptionSet> options;
};

// A sentence to follow the plugin's name.
struct CannotLoad {
  std::string text;
};
[[noreturn]] void throw_exception_from_error(const CannotLoad& error, const boost::source_location& where);

// Loads it, asks it who it is and which options it has, and refuses what does not fit: another name than the
// file's, a version that is none, options that are not soundly declared. One that has been loaded from there
// before is that same one, even when the file has been replaced since.
boost::system::result<LoadedPlugin, CannotLoad> load(const PluginFile& file);

}  // namespace gantry::kernel
