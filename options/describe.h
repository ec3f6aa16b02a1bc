// The reference of a schema's options, from their declarations alone: the same on every machine.
#pragma once

#include "options/schema.h"

#include <string>
#include <string_view>

namespace gantry::options {

// For a terminal: each option with its default as it stands in a file, then what it is and what it takes.
std::string describe_text(const OptionSet& set);

// For a page: a table of all options, then, if there are any, of Apache's keys without effect.
std::string describe_markdown(const OptionSet& set);

// "duration, 1s to 1d", "off, permissive or enforcing".
std::string type_words(const Option& option);

// The default as TOML, or how it comes about when it depends on the machine.
std::string default_words(const OptionSet& set, const Option& option);

}  // namespace gantry::options
