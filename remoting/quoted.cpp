#include "remoting/quoted.h"

namespace gantry::remoting {

std::string Quote::operator()(std::string_view text, std::size_t at_most) const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text.substr(0, at_most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  out += '"';
  if (text.size() > at_most) out.append("... (").append(std::to_string(text.size())).append(" bytes)");
  return out;
}

}  // namespace gantry::remoting
