// Which of two formats a configuration file has.
#pragma once

#include "options/schema.h"

#include <cstdint>
#include <string_view>

namespace gantry::options {

enum class FileFormat : std::uint8_t { toml, properties };

// By the ending .toml or .properties; any other file (Apache's are called .conf) by its keys: properties when
// more of them are Apache's names, or in camelCase, than are ours or table headers. TOML in doubt.
FileFormat format_of(std::string_view file_name, std::string_view text, const OptionSet& options);

}  // namespace gantry::options
