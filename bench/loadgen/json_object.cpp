#include "bench/loadgen/json_object.h"

#include <array>
#include <cstdio>

namespace gantry::bench {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  std::array<char, 8> escape;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || byte < 0x20 || byte >= 0x7f) {
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

JsonObject& JsonObject::add(std::string_view name, const std::string& value) {
  text_ += text_.empty() ? "{" : ",";
  text_ += '"';
  text_ += name;
  text_ += "\":" + value;
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::uint64_t value) {
  return add(name, std::to_string(value));
}

JsonObject& JsonObject::add(std::string_view name, double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return add(name, std::string(text.data()));
}

JsonObject& JsonObject::add_text(std::string_view name, std::string_view value) {
  return add(name, quoted(value));
}

}  // namespace gantry::bench
