#include "kernel/plugin_report.h"

#include "kernel/plugin_switches.h"
#include "options/describe.h"
#include "options/describe_json.h"

#include <algorithm>

namespace gantry::kernel {
namespace {

using remoting::JsonWriter;

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) (out += out.empty() ? "" : ", ") += word;
  return out;
}

std::string entry(const PluginFile& file, std::string_view state, const std::string& version,
                  std::string_view what) {
  std::string out = file.name + (version.empty() ? "" : " " + version) + "  [" + std::string(state) + "]\n";
  out += "    " + std::string(what) + "\n    " + file.path.string() + "\n";
  return out;
}

void line(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += name;
  out.append(name.size() < 10 ? 10 - name.size() : 1, ' ');
  (out += text) += '\n';
}

void write_list(JsonWriter& out, std::string_view key, const std::vector<std::string_view>& words) {
  out.key(key).begin_array();
  for (const auto word : words) out.string(word);
  out.end_array();
}

}  // namespace

std::string list_plugins(const PluginSearch& search, std::span<const ChosenPlugin> enabled) {
  std::string out;
  std::string previous;
  for (const auto& file : search.all()) {
    const bool is_hidden = file.name == previous;
    previous = file.name;
    if (is_hidden) {
      out += entry(file, "hidden", {}, "another directory of plugin_path comes first and has it too");
      continue;
    }
    const auto loaded = load(file);
    if (!loaded) {
      out += entry(file, "cannot be loaded", {}, loaded.error().text);
      continue;
    }
    const bool is_enabled =
        std::any_of(enabled.begin(), enabled.end(), [&](const auto& one) { return one.name == file.name; });
    out += entry(file, is_enabled ? "enabled" : "not enabled", std::string(loaded->descriptor.version),
                 loaded->descriptor.summary);
  }
  return out.empty() ? "no plugins were found; plugin_path says where they are looked for\n" : out;
}

std::string describe_plugin(const LoadedPlugin& plugin) {
  const auto& said = plugin.descriptor;
  std::string out = std::string(said.name) + " " + std::string(said.version) + "\n";
  (out += said.summary) += "\n\n";
  line(out, "provides", joined(said.provides));
  line(out, "needs", joined(said.needs));
  line(out, "licence", said.licence);
  line(out, "homepage", said.homepage);
  out += "\nOptions, in the configuration file under [plugins." + std::string(said.name) + "]:\n\n";
  return out + options::describe_text(*plugin.options) + options::describe_text(switches_schema());
}

std::string describe_plugin_json(const LoadedPlugin& plugin) {
  const auto& said = plugin.descriptor;
  std::string json;
  JsonWriter out(json);
  out.begin_object();
  out.key("name").string(said.name);
  out.key("version").string(said.version);
  out.key("summary").string(said.summary);
  write_list(out, "provides", said.provides);
  write_list(out, "needs", said.needs);
  out.key("licence").string(said.licence);
  out.key("homepage").string(said.homepage);
  options::describe_json(*plugin.options, out.key("options"));
  out.end_object();
  return options::indented(json);
}

}  // namespace gantry::kernel
