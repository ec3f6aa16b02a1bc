// Why something was not done, for the one who asked: the protocol's code and a sentence that names the thing,
// the value, and what would be right. It is the error of every result and completion in kernel/api/; the
// kernel sends it to a client as it is.
//
// A result's error() returns a copy: who takes a view of its text keeps the Refusal first.
#pragma once

#include "remoting/codes.h"

#include <string>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::api {

struct Refusal {
  remoting::ResponseCode code = remoting::ResponseCode::system_error;
  std::string text{};

  bool operator==(const Refusal&) const = default;
};

template <class T>
using Result = boost::system::result<T, Refusal>;

// Lets result::value() throw the sentence where failing is a mistake, as at start-up and in tests.
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

}  // namespace gantry::api
