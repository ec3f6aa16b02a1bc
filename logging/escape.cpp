#include "logging/escape.h"

#include <cstdint>
#include <cstdio>
#include <optional>

namespace gantry::logging {
namespace {

struct Decoded {
  char32_t code_point;
  std::size_t length;
};

// The character at the start of `text`; nullopt when its bytes are not well-formed UTF-8.
std::optional<Decoded> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return Decoded{first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return std::nullopt;
  char32_t code_point = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
    code_point = code_point << 6 | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return std::nullopt;
  return Decoded{code_point, length};
}

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
    const auto decoded = decode(text);
    if (!decoded) {
      append_bad_byte(out, static_cast<unsigned char>(text.front()), bad_bytes);
      text.remove_prefix(1);
      continue;
    }
    if (is_dangerous(decoded->code_point)) {
      append_code_point(out, decoded->code_point);
    } else {
      if (in_quotes && (text.front() == '"' || text.front() == '\\')) out += '\\';
      out += text.substr(0, decoded->length);
    }
    text.remove_prefix(decoded->length);
  }
}

}  // namespace gantry::logging
