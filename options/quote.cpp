#include "options/quote.h"

#include "logging/utf8.h"

#include <algorithm>
#include <cstdio>

namespace gantry::options {
namespace {

constexpr std::size_t kLongestInMessage = 80;

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
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
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
  out += buffer;
}

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(byte) || c == '"' || c == '\\')
      append_escaped(out, byte);
    else
      out += c;
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  return '"' + escaped(text) + '"';
}

std::string in_quotes_if_needed(std::string_view text) {
  const bool needed = text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
                        return c == ' ' || is_control(static_cast<unsigned char>(c));
                      });
  const auto shown = shortened(text);
  return needed ? in_quotes(shown) : shown;
}

std::string shortened(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= kLongestInMessage) return out + "...";
    const auto character = logging::first_character(text).value_or(logging::Utf8Character{0xfffd, 1});
    logging::append_utf8(out, character.code_point);
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace gantry::options
