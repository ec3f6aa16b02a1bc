#include "remoting/json_error.h"

#include "logging/utf8.h"

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
  while (!text.empty() && shown.size() < kAtMost) {
    const auto character = logging::first_character(text);
    const bool plain = character && character->code_point >= 0x20 &&
                       (character->code_point < 0x7F || character->code_point > 0x9F);
    const std::size_t length = character ? character->length : 1;
    shown.append(plain ? text.substr(0, length) : "?");
    text.remove_prefix(length);
  }
  if (!text.empty()) shown.append("...");
  return shown;
}

void throw_exception_from_error(const JsonError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
