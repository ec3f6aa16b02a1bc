// Finds plugins by name in a list of directories; the first one that has it wins.
//
// At start-up, on one thread; the calls read directories and files.
#pragma once

#include "kernel/plugin_file.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

class PluginSearch {
 public:
  // A directory that is not there is one without plugins.
  explicit PluginSearch(std::vector<std::filesystem::path> directories)
      : directories_(std::move(directories)) {}

  // Looks at lib<name>.so only. nullopt: none of the directories has it.
  std::optional<PluginFile> find(std::string_view name) const;

  // Everything that is named like a plugin, by name; of those with one name the one that wins is first.
  std::vector<PluginFile> all() const;

  // "no libhelo.so in /usr/lib/gantry/plugins; nearest is hello".
  std::string why_not_found(std::string_view name) const;

 private:
  std::vector<std::filesystem::path> directories_;
};

// Where plugins are when nobody has said where: lib/gantry/plugins beside the bin/ of the running program.
std::filesystem::path default_plugin_directory();

}  // namespace gantry::kernel
