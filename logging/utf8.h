// One character of UTF-8 at a time; what logs and configuration need, no more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::logging {

struct Utf8Character {
  char32_t code_point;
  std::size_t length;  // in bytes
};

// The character at the start of `text`, which is not empty; nullopt when its bytes are not well-formed.
std::optional<Utf8Character> first_character(std::string_view text);

bool is_utf8(std::string_view text);

// A code point that cannot be encoded (a surrogate) becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

}  // namespace gantry::logging
