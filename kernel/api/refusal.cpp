#include "kernel/api/refusal.h"

#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::api {

void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error(refusal.text), where);
}

}  // namespace gantry::api
