#include "options/file_format.h"

#include "options/properties_text.h"

#include <algorithm>

namespace gantry::options {
namespace {

bool is_apache_key(std::string_view key, const OptionSet& options) {
  if (options.find(key) != nullptr) return false;
  const bool is_camel_case = std::any_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_camel_case || options.find_alias(key).option != nullptr ||
         options.find_without_effect(key) != nullptr;
}

}  // namespace

FileFormat format_of(std::string_view file_name, std::string_view text, const OptionSet& options) {
  if (file_name.ends_with(".toml")) return FileFormat::toml;
  if (file_name.ends_with(".properties")) return FileFormat::properties;
  int ours = 0, apaches = 0;
  // Read as properties, a TOML file shows its keys and table headers just as well.
  for (const auto& property : parse_properties(text).properties) {
    if (property.key.starts_with('[') || options.find(property.key) != nullptr) ++ours;
    if (is_apache_key(property.key, options)) ++apaches;
  }
  return apaches > ours ? FileFormat::properties : FileFormat::toml;
}

}  // namespace gantry::options
