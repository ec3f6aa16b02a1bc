#include "kernel/broker_setup.h"

#include "kernel/plugin_switches.h"
#include "options/describe_json.h"
#include "options/print.h"

#include <cstdlib>
#include <utility>

namespace gantry::kernel {
namespace {

using remoting::JsonWriter;

constexpr std::string_view kDialect = "https://json-schema.org/draft/2020-12/schema";

// The members of a schema for one plugin's table.
void describe_table(const LoadedPlugin& plugin, JsonWriter& out) {
  out.key("description").string(plugin.descriptor.summary);
  out.key("type").string("object");
  out.key("properties").begin_object();
  options::describe_properties(switches_schema(), out);
  options::describe_properties(*plugin.options, out);
  out.end_object();
  out.key("additionalProperties").boolean(false);
}

// The table of a plugin that is not known.
void describe_any_table(JsonWriter& out) {
  out.begin_object();
  out.key("type").string("object");
  out.key("properties").begin_object();
  options::describe_properties(switches_schema(), out);
  out.end_object();
  out.end_object();
}

// As an option that is one path takes it.
std::filesystem::path directory_of(const std::string& text) {
  const char* home = std::getenv("HOME");
  return text.starts_with("~/") && home != nullptr ? home + text.substr(1) : text;
}

// What only a look at the kernel's options and at those of all plugins can tell.
void finish_with_apaches_file(const options::Schema<BrokerConfig>& schema, const options::ConfigFile& file,
                              BrokerSetup& setup) {
  std::vector<const options::OptionSet*> sets;
  bool plugin_has_roles = false;
  for (const auto& plugin : setup.plugins) {
    sets.push_back(plugin.loaded.options.get());
    plugin_has_roles = plugin_has_roles || plugin.loaded.options->find_alias("brokerRole").option != nullptr;
  }
  sets.push_back(&schema);
  file.report_leftovers(sets, setup.report);
  // Apache's broker sees to it that no master has another number. With a mistake it may be none: a slave that
  // cannot be one is told that, and nothing of numbers.
  if (plugin_has_roles || setup.config.broker_id == 0 || !setup.report.ok()) return;
  if (const auto* at = setup.origins.find("broker_id"))
    setup.report.warnings.push_back(
        {*at, "broker_id",
         "brokerId = " + std::to_string(setup.config.broker_id) +
             ": a master has the number 0, and this broker is one; it is taken for 0"});
  setup.config.broker_id = 0;
}

std::string without_first_line(const std::string& text) {
  return text.substr(text.find('\n') + 1);
}

}  // namespace

PluginSearch search_of(const BrokerConfig& config) {
  std::vector<std::filesystem::path> directories;
  directories.reserve(config.plugin_path.size());
  for (const auto& text : config.plugin_path) directories.push_back(directory_of(text));
  return PluginSearch(std::move(directories));
}

BrokerSetup read_setup(const options::Schema<BrokerConfig>& schema,
                       const std::optional<std::filesystem::path>& path,
                       std::span<const options::FlagValue> flags, const StandardPlugins& standard) {
  BrokerSetup setup;
  auto& [config, plugins, origins, report] = setup;
  options::ConfigFile file;  // empty: no file is an empty one
  if (path) file = options::ConfigFile::read(*path, schema, report);
  const options::ConfigFile::Part part{schema, &config};
  using Unknown = options::ConfigFile::UnknownKeys;
  file.fill_parts({&part, 1}, "", origins, report, file.is_apaches() ? Unknown::ignored : Unknown::mistakes);
  options::apply_flags(schema, config, flags, origins, report);
  options::check_whole(schema, config, "", origins, report);
  plugins = choose_plugins(file, search_of(config), origins, report, standard);
  file.report_unknown_tables(report);
  if (file.is_apaches()) finish_with_apaches_file(schema, file, setup);
  return setup;
}

std::string print_setup(const options::Schema<BrokerConfig>& schema, const BrokerSetup& setup) {
  std::string out = options::print_config(schema, setup.config, setup.origins);
  for (const auto& plugin : setup.plugins) {
    const auto table = options::full_name(kPluginsTable, plugin.name);
    const PluginSwitches switches{.enabled = true, .optional = plugin.optional};
    out += "\n" + options::print_config(switches_schema(), switches, setup.origins, table);
    out += without_first_line(
        options::untyped::print_config(*plugin.loaded.options, plugin.config.get(), setup.origins, table));
  }
  return out;
}

std::string json_schema(const options::Schema<BrokerConfig>& schema,
                        std::span<const LoadedPlugin* const> plugins) {
  std::string json;
  JsonWriter out(json);
  out.begin_object();
  out.key("$schema").string(kDialect);
  out.key("title").string("Configuration of gantry-broker");
  out.key("type").string("object");
  out.key("properties").begin_object();
  options::describe_properties(schema, out);
  out.key(kPluginsTable).begin_object();
  out.key("description").string("A table for each plugin that is enabled.");
  out.key("type").string("object");
  out.key("properties").begin_object();
  for (const auto* plugin : plugins) {
    out.key(plugin->descriptor.name).begin_object();
    describe_table(*plugin, out);
    out.end_object();
  }
  out.end_object();
  describe_any_table(out.key("additionalProperties"));
  out.end_object();
  out.end_object();
  out.key("additionalProperties").boolean(false);
  out.end_object();
  return options::indented(json);
}

std::string json_schema(const LoadedPlugin& plugin) {
  std::string json;
  JsonWriter out(json);
  out.begin_object();
  out.key("$schema").string(kDialect);
  out.key("title").string("Options of the Gantry plugin " + std::string(plugin.descriptor.name));
  describe_table(plugin, out);
  out.end_object();
  return options::indented(json);
}

}  // namespace gantry::kernel
