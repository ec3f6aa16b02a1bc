#include "logging/escape.h"

#include "logging/utf8.h"

#include <cstdint>
#include <cstdio>

namespace gantry::logging {
namespace {

bool is_dangerous(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

void append_code_point(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
  out += buffer;
}

void append_bad_byte(std::string& out, unsigned char byte, BadBytes bad_bytes) {
  if (bad_bytes == BadBytes::as_replacement) {
    out += "\xef\xbf\xbd";
    return;
  }
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\x%02x", byte);
  out += buffer;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, BadBytes bad_bytes, bool in_quotes) {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character) {
      append_bad_byte(out, static_cast<unsigned char>(text.front()), bad_bytes);
      text.remove_prefix(1);
      continue;
    }
    if (is_dangerous(character->code_point)) {
      append_code_point(out, character->code_point);
    } else {
      if (in_quotes && (text.front() == '"' || text.front() == '\\')) out += '\\';
      out += text.substr(0, character->length);
    }
    text.remove_prefix(character->length);
  }
}

}  // namespace gantry::logging
