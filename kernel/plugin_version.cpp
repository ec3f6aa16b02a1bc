#include "kernel/plugin_version.h"

#include "kernel/plugin_file.h"

#include <charconv>

namespace gantry::kernel {
namespace {

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Takes a number off the front of `text`.
bool take_number(std::string_view& text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<PluginVersion> PluginVersion::parse(std::string_view text) {
  PluginVersion version;
  const bool read = take_number(text, version.major) && take_dot(text) && take_number(text, version.minor) &&
                    take_dot(text) && take_number(text, version.patch) && text.empty();
  return read ? std::optional(version) : std::nullopt;
}

std::string PluginVersion::str() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::optional<PluginNeed> PluginNeed::parse(std::string_view text) {
  PluginNeed need;
  const auto sign = text.find(">=");
  if (sign != std::string_view::npos) {
    need.at_least = PluginVersion::parse(without_spaces(text.substr(sign + 2)));
    if (!need.at_least) return std::nullopt;
    text = text.substr(0, sign);
  }
  need.name = without_spaces(text);
  if (!is_plugin_name(need.name)) return std::nullopt;
  return need;
}

std::string PluginNeed::str() const {
  return at_least ? name + " >= " + at_least->str() : name;
}

}  // namespace gantry::kernel
