#include "remoting/json_error.h"

#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::remoting {

std::string JsonError::str() const {
  std::string text;
  if (!path.empty()) text.append(path).append(": ");
  text.append("expected ").append(expected).append(", found ");
  if (found.empty()) {
    text.append("nothing");
  } else {
    text.append("`").append(found).append("`");
  }
  return text.append(" (byte ").append(std::to_string(offset)).append(")");
}

std::string printable(std::string_view text) {
  constexpr std::size_t kAtMost = 24;
  std::string shown;
  for (const char c : text.substr(0, kAtMost)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    shown.push_back(control ? '?' : c);
  }
  if (text.size() > kAtMost) shown.append("...");
  return shown;
}

void throw_exception_from_error(const JsonError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
