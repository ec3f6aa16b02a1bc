// Text in double quotes, as TOML's basic strings are written.
#pragma once

#include <string>
#include <string_view>

namespace gantry::options {

// Without the quotes. One line, whatever `text` holds.
std::string escaped(std::string_view text);

// Valid TOML for any UTF-8 text.
std::string in_quotes(std::string_view text);

// For messages: quoted only when it is empty or has spaces or control characters, and cut when it is long.
std::string in_quotes_if_needed(std::string_view text);

// At most about 80 bytes of `text` with "..." where it was cut, and U+FFFD for what is not UTF-8.
std::string shortened(std::string_view text);

}  // namespace gantry::options
