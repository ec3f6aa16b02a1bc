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

void throw_exception_from_error(const JsonError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
