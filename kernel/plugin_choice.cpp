#include "kernel/plugin_choice.h"

#include "kernel/plugin_switches.h"
#include "kernel/thrown.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gantry::kernel {
namespace {

using options::ConfigFile;
using options::Place;
using Part = ConfigFile::Part;

class Choosing {
 public:
  Choosing(ConfigFile& file, const PluginSearch& search, options::Origins& origins, options::Report& report)
      : file_(file), search_(search), origins_(origins), report_(report) {}

  std::vector<ChosenPlugin> chosen(const StandardPlugins& standard) && {
    file_.expect(kPluginsTable);
    for (const auto& name : file_.tables_in(kPluginsTable)) choose(name);
    using When = StandardPlugins::When;
    if (standard.when == When::always || (standard.when == When::with_apaches_file && file_.is_apaches()))
      choose_all(standard);
    sort();
    return std::move(chosen_);
  }

 private:
  void choose_all(const StandardPlugins& standard) {
    for (const auto& name : standard.names)
      if (file_.place_of(options::full_name(kPluginsTable, name)) == nullptr) choose_standard(name);
    if (report_.ok() && std::none_of(chosen_.begin(), chosen_.end(), is_message_store))
      report_.mistakes.push_back(
          {{}, {}, "no plugin is a message store, and without one there is nothing to start"});
  }

  void choose_standard(const std::string& name) {
    if (!search_.find(name)) {
      report_.warnings.push_back({{},
                                  options::full_name(kPluginsTable, name),
                                  sentence(name, "is not there, and the broker goes on without it: " +
                                                     search_.why_not_found(name))});
      return;
    }
    const auto table = options::full_name(kPluginsTable, name);
    if (!peek(table).enabled) return check_switches_alone(table);
    auto loaded = find_and_load(name);
    if (!loaded) return mistake(name, loaded.error().text);
    fill(chosen_.emplace_back(std::move(*loaded)), table);
  }

  static bool is_message_store(const ChosenPlugin& plugin) {
    const auto& provided = plugin.loaded.descriptor.provides;
    return std::find(provided.begin(), provided.end(), "message-store") != provided.end();
  }

  void choose(const std::string& name) {
    const auto table = options::full_name(kPluginsTable, name);
    if (!is_plugin_name(name)) {
      file_.leave_out(table);
      return mistake(name, "is no plugin's name; they are lower case letters, digits and dashes");
    }
    const auto switches = peek(table);
    if (!switches.enabled) {
      check_switches_alone(table);
      return file_.leave_out(table);
    }
    auto loaded = find_and_load(name);
    if (!loaded) {
      check_switches_alone(table);
      file_.leave_out(table);
      return not_there(name, loaded.error().text, switches.optional);
    }
    auto& plugin = chosen_.emplace_back(std::move(*loaded));
    plugin.optional = switches.optional;
    fill(plugin, table);
  }

  // What the switches say, before it is known which other options there are.
  PluginSwitches peek(const std::string& table) {
    PluginSwitches switches;
    options::Origins nobody_asks;
    options::Report told_later;
    fill_switches(switches, table, nobody_asks, told_later);
    return switches;
  }

  void check_switches_alone(const std::string& table) {
    PluginSwitches switches;
    fill_switches(switches, table, origins_, report_);
  }

  void fill_switches(PluginSwitches& switches, const std::string& table, options::Origins& origins,
                     options::Report& report) {
    const Part part{switches_schema(), &switches};
    file_.fill_parts({&part, 1}, table, origins, report, ConfigFile::UnknownKeys::ignored);
  }

  boost::system::result<ChosenPlugin, CannotLoad> find_and_load(const std::string& name) {
    const auto found = search_.find(name);
    if (!found) return CannotLoad{"is not there: " + search_.why_not_found(name)};
    auto loaded = load(*found);
    if (!loaded) return CannotLoad{loaded.error().text + " (" + found->path.string() + ")"};
    ChosenPlugin plugin{.name = name, .file = found->path, .loaded = std::move(*loaded)};
    try {
      plugin.config = plugin.loaded.entry->make_config();
    } catch (...) {
      return CannotLoad{"cannot make its options: " + text_of_what_was_thrown()};
    }
    return plugin;
  }

  void fill(ChosenPlugin& plugin, const std::string& table) {
    PluginSwitches switches;
    const std::array<Part, 2> parts{Part{switches_schema(), &switches},
                                    Part{*plugin.loaded.options, plugin.config.get()}};
    // Apache's keys are of all plugins and of the broker: who reads them all tells what is unknown.
    using Unknown = ConfigFile::UnknownKeys;
    file_.fill_parts(parts, table, origins_, report_,
                     file_.is_apaches() ? Unknown::ignored : Unknown::mistakes);
    try {
      options::untyped::check_whole(*plugin.loaded.options, plugin.config.get(), table, origins_, report_);
    } catch (...) {
      mistake(plugin.name, "threw while its options were checked: " + text_of_what_was_thrown());
    }
  }

  void sort() {
    std::vector<PluginWants> wants;
    wants.reserve(chosen_.size());
    for (const auto& plugin : chosen_) wants.push_back(wants_of(plugin.name, plugin.loaded, plugin.optional));
    const auto order = order_of(wants, [this] { return others(); });
    for (const auto& [index, why] : order.mistakes) mistake(chosen_[index].name, why);
    for (const auto& [index, why] : order.left_out) left_out(chosen_[index].name, why);
    if (!order.mistakes.empty()) return;
    std::vector<ChosenPlugin> sorted;
    sorted.reserve(order.order.size());
    for (const auto index : order.order) sorted.push_back(std::move(chosen_[index]));
    chosen_ = std::move(sorted);
  }

  // Plugins that could be enabled.
  std::vector<PluginWants> others() const {
    std::vector<PluginWants> found;
    for (const auto& file : search_.all()) {
      const auto is_this = [&](const ChosenPlugin& plugin) { return plugin.name == file.name; };
      if (std::any_of(chosen_.begin(), chosen_.end(), is_this)) continue;
      if (const auto loaded = load(file)) found.push_back(wants_of(file.name, *loaded, false));
    }
    return found;
  }

  void not_there(const std::string& name, const std::string& why, bool optional) {
    optional ? left_out(name, why) : mistake(name, why);
  }
  void mistake(const std::string& name, const std::string& why) {
    report_.mistakes.push_back(
        {place_of(name), options::full_name(kPluginsTable, name), sentence(name, why)});
  }
  void left_out(const std::string& name, const std::string& why) {
    report_.warnings.push_back({place_of(name), options::full_name(kPluginsTable, name),
                                sentence(name, why) + "; it is optional, and the broker goes on without it"});
  }
  static std::string sentence(const std::string& name, const std::string& why) {
    return "plugin " + name + " " + why;
  }
  Place place_of(const std::string& name) const {
    const auto* at = file_.place_of(options::full_name(kPluginsTable, name));
    return at ? *at : Place();
  }

  ConfigFile& file_;
  const PluginSearch& search_;
  options::Origins& origins_;
  options::Report& report_;
  std::vector<ChosenPlugin> chosen_;
};

}  // namespace

PluginWants wants_of(const std::string& name, const LoadedPlugin& plugin, bool optional) {
  PluginWants wants;
  wants.name = name;
  // load() has refused what does not parse.
  wants.version = PluginVersion::parse(plugin.descriptor.version).value_or(PluginVersion());
  for (const auto provided : plugin.descriptor.provides) wants.provides.emplace_back(provided);
  for (const auto need : plugin.descriptor.needs)
    if (auto parsed = PluginNeed::parse(need)) wants.needs.push_back(*std::move(parsed));
  wants.optional = optional;
  return wants;
}

std::vector<ChosenPlugin> choose_plugins(ConfigFile& file, const PluginSearch& search,
                                         options::Origins& origins, options::Report& report,
                                         const StandardPlugins& standard) {
  return Choosing(file, search, origins, report).chosen(standard);
}

}  // namespace gantry::kernel
