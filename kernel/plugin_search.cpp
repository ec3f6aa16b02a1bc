#include "kernel/plugin_search.h"

#include "options/nearest.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace gantry::kernel {
namespace {

namespace fs = std::filesystem;

// Files in a directory that are named like plugins, by name.
std::vector<fs::path> candidates(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    if (!plugin_name_of(at->path()).empty()) found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::optional<PluginFile> PluginSearch::find(std::string_view name) const {
  const auto file_name = "lib" + std::string(name) + ".so";
  for (const auto& directory : directories_) {
    std::error_code error;
    const auto path = directory / file_name;
    if (fs::symlink_status(path, error).type() != fs::file_type::not_found) return look_at(path);
  }
  return std::nullopt;
}

std::vector<PluginFile> PluginSearch::all() const {
  std::multimap<std::string, PluginFile> by_name;  // of one name, in the order in which they come
  for (const auto& directory : directories_)
    for (const auto& path : candidates(directory)) by_name.emplace(plugin_name_of(path), look_at(path));
  std::vector<PluginFile> found;
  found.reserve(by_name.size());
  for (auto& [name, file] : by_name) found.push_back(std::move(file));
  return found;
}

std::string PluginSearch::why_not_found(std::string_view name) const {
  std::string text = "no lib" + std::string(name) + ".so in ";
  if (directories_.empty()) text += "an empty plugin_path";
  for (const auto& directory : directories_)
    text += (&directory == &directories_.front() ? "" : ", ") + directory.string();
  std::vector<std::string> names;
  for (const auto& directory : directories_)
    for (const auto& path : candidates(directory)) names.push_back(plugin_name_of(path));
  const auto near = options::nearest(name, {names.begin(), names.end()});
  return text + (near.empty() ? "; install it, or set plugin_path" : "; nearest is " + std::string(near));
}

fs::path default_plugin_directory() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path("/usr/lib/gantry/plugins")
               : program.parent_path().parent_path() / "lib/gantry/plugins";
}

}  // namespace gantry::kernel
