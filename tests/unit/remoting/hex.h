// Bytes written as hex in tests: from_hex("00000085 daa320a7"). Blanks and line ends are for the eye.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace gantry::remoting {

inline std::string from_hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes;
  bool high = true;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const auto digit = kDigits.find(c);
    if (digit == kDigits.npos)
      throw std::invalid_argument("not a lower-case hex digit: " + std::string(1, c));
    if (high)
      bytes.push_back(static_cast<char>(digit << 4));
    else
      bytes.back() = static_cast<char>(bytes.back() | static_cast<char>(digit));
    high = !high;
  }
  if (!high) throw std::invalid_argument("an odd number of hex digits");
  return bytes;
}

}  // namespace gantry::remoting
