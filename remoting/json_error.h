// What was wrong with a JSON text, and where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

struct JsonError {
  std::size_t offset = 0;     // of the first byte that could not be what it had to be
  std::string_view expected;  // static text: "a 32-bit integer"
  std::string found;          // the first bytes there; empty when nothing more was there
  std::string path;           // of the value when structs are read: "topicConfigTable.TopicA.perm"

  // "topicConfigTable.TopicA.perm: expected a 32-bit integer, found `six` (byte 41)"
  std::string str() const;
};

// The start of a text from outside, with nothing in it that could break a log line.
std::string printable(std::string_view text);

template <typename T>
using JsonResult = boost::system::result<T, JsonError>;

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const JsonError& error, const boost::source_location& where);

}  // namespace gantry::remoting
