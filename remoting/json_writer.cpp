#include "remoting/json_writer.h"

#include <cmath>
#include <cstring>

namespace gantry::remoting {
namespace {

char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

}  // namespace

JsonEscape::JsonEscape(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  text_[0] = '\\';
  if (const char letter = short_escape(c)) {
    text_[1] = letter;
    size_ = 2;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  std::memcpy(text_ + 1, "u00", 3);
  text_[4] = kHex[byte >> 4];
  text_[5] = kHex[byte & 0xF];
  size_ = 6;
}

JsonDouble::JsonDouble(double number) {
  if (!std::isfinite(number)) {
    std::memcpy(text_, "null", 4);
    size_ = 4;
    return;
  }
  char* end = std::to_chars(text_, text_ + sizeof text_ - 2, number).ptr;
  if (std::string_view(text_, end).find_first_of(".e") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  size_ = static_cast<std::uint8_t>(end - text_);
}

template class BasicJsonWriter<std::string>;

}  // namespace gantry::remoting
