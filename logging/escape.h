// Makes text from outside harmless in a log. Internal to logging/.
#pragma once

#include <string>
#include <string_view>

namespace gantry::logging {

// What becomes of a byte that is not part of a UTF-8 character.
enum class BadBytes : std::uint8_t {
  as_hex,          // \xff: a human sees what was there
  as_replacement,  // U+FFFD: JSON stays valid
};

// Everything that could end a line or command a terminal (C0, DEL, C1, U+2028, U+2029) as a backslash
// sequence. Backslash and double quote are escaped too when `in_quotes`.
void append_escaped(std::string& out, std::string_view text, BadBytes bad_bytes, bool in_quotes);

}  // namespace gantry::logging
