#include "kernel/thrown.h"

#include <cxxabi.h>
#include <exception>
#include <typeinfo>

#include <boost/core/demangle.hpp>

namespace gantry::kernel {

std::string text_of_what_was_thrown() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    const std::string what = thrown.what();
    return what.empty() ? "an exception without a text" : what;
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return "an exception of type " + (type ? boost::core::demangle(type->name()) : "unknown") +
           ", which is no std::exception";
  }
}

}  // namespace gantry::kernel
