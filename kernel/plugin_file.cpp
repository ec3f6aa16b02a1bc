#include "kernel/plugin_file.h"

#include "kernel/exported_symbols.h"
#include "kernel/plugin_switches.h"
#include "kernel/plugin_version.h"
#include "kernel/thrown.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

// The standard paths, rather than a library of Boost's own.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <boost/throw_exception.hpp>

namespace gantry::kernel {
namespace {

constexpr std::string_view kSymbolBegins = "gantry_plugin_api";
constexpr std::string_view kRebuild = "; rebuild it against this broker's SDK";

// A symbol's name, taken apart: "0" and "gcc12 libstdcxx12 boost108100 plain".
struct BuiltFor {
  std::string_view api;
  std::string tool_chain;
};

BuiltFor taken_apart(std::string_view symbol) {
  symbol.remove_prefix(std::min(symbol.size(), kSymbolBegins.size()));
  const auto end_of_api = std::min(symbol.find('_'), symbol.size());
  std::string tool_chain(symbol.substr(std::min(end_of_api + 1, symbol.size())));
  std::replace(tool_chain.begin(), tool_chain.end(), '_', ' ');
  return {symbol.substr(0, end_of_api), std::move(tool_chain)};
}

// Libraries by their paths. Never unloaded, not even when the process ends: destructors of static objects may
// still use them.
class Loaded {
 public:
  static Loaded& in_this_process() {
    static auto& all = *new Loaded;
    return all;
  }

  std::optional<LoadedPlugin> find(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? std::nullopt : std::optional(found->second);
  }

  void keep(boost::dll::shared_library library) {
    const std::lock_guard lock(mutex_);
    libraries_.push_back(std::move(library));
  }

  void remember(const std::filesystem::path& path, const LoadedPlugin& plugin) {
    const std::lock_guard lock(mutex_);
    by_path_.emplace(path, plugin);
  }

 private:
  std::mutex mutex_;
  std::vector<boost::dll::shared_library> libraries_;      // guarded by mutex_
  std::map<std::filesystem::path, LoadedPlugin> by_path_;  // guarded by mutex_
};

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// What is wrong with what a loaded plugin says of itself; empty: nothing.
std::string mistake_of(const LoadedPlugin& plugin, const std::string& name) {
  const auto& said = plugin.descriptor;
  if (said.name != name)
    return "calls itself " + quoted(said.name) + "; rename the file to lib" + std::string(said.name) +
           ".so, or the plugin";
  if (!PluginVersion::parse(said.version))
    return "has the version " + quoted(said.version) + "; it must be three numbers, like 1.2.0";
  for (const auto provided : said.provides)
    if (!is_plugin_name(provided))
      return "provides " + quoted(provided) + "; that must be lower case letters, digits and dashes";
  for (const auto need : said.needs)
    if (!PluginNeed::parse(need))
      return "needs " + quoted(need) + R"(; that must be like "message-store" or "schedule >= 1.2.0")";
  for (const auto& option : switches_schema().options())
    if (plugin.options->find(option.name) != nullptr)
      return "declares the option " + option.name + ", which every plugin has; it needs another name";
  const auto mistakes = declaration_mistakes(*plugin.options);
  return mistakes.empty() ? std::string() : "declares an option wrongly: " + mistakes.front();
}

}  // namespace

void throw_exception_from_error(const CannotLoad& error, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error(error.text), where);
}

std::string plugin_name_of(const std::filesystem::path& file) {
  const auto text = file.filename().string();
  if (!text.starts_with("lib") || !text.ends_with(".so")) return {};
  auto name = text.substr(3, text.size() - 6);
  return is_plugin_name(name) ? name : std::string();
}

bool is_plugin_name(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_lower(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string why_unfit(std::string_view theirs, std::string_view ours) {
  if (theirs == ours) return {};
  const auto their = taken_apart(theirs);
  const auto own = taken_apart(ours);
  std::string text = "was built ";
  if (their.api != own.api)
    text += "for plugin API " + std::string(their.api) + ", this broker has " + std::string(own.api);
  else
    text += "with " + their.tool_chain + ", this broker with " + own.tool_chain;
  return text.append(kRebuild);
}

PluginFile look_at(const std::filesystem::path& path) {
  PluginFile file{.path = path, .name = plugin_name_of(path)};
  const auto symbols = exported_symbols(path, kSymbolBegins);
  if (!symbols) {
    file.why_not = symbols.error().text;
  } else if (symbols->empty()) {
    file.why_not = "exports no plugin; is it one at all? A plugin's source ends in GANTRY_PLUGIN(...)";
  } else if (std::find(symbols->begin(), symbols->end(), api::kPluginSymbol) == symbols->end()) {
    file.why_not = why_unfit(symbols->front(), api::kPluginSymbol);
  }
  return file;
}

boost::system::result<LoadedPlugin, CannotLoad> load(const PluginFile& file) {
  auto& all = Loaded::in_this_process();
  const auto path = std::filesystem::absolute(file.path);
  if (auto plugin = all.find(path)) return *std::move(plugin);
  if (!file.why_not.empty()) return CannotLoad{file.why_not};
  using boost::dll::load_mode::rtld_local;
  using boost::dll::load_mode::rtld_now;
  boost::dll::shared_library library;
  // What the dynamic linker has to say of a missing symbol is in the exception alone.
  try {
    library.load(path, rtld_now | rtld_local);
    LoadedPlugin plugin;
    plugin.entry = &library.get<const api::PluginExport>(api::kPluginSymbol);
    all.keep(std::move(library));
    plugin.descriptor = plugin.entry->describe();
    plugin.options = plugin.entry->options();
    if (auto mistake = mistake_of(plugin, file.name); !mistake.empty()) return CannotLoad{std::move(mistake)};
    all.remember(path, plugin);
    return plugin;
  } catch (...) {
    return CannotLoad{"cannot be loaded: " + text_of_what_was_thrown()};
  }
}

}  // namespace gantry::kernel
