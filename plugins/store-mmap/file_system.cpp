#include "plugins/store-mmap/file_system.h"

#include <stdexcept>

namespace gantry::store {

void throw_exception_from_error(const IoError& error, const boost::source_location&) {
  throw std::runtime_error(error.text);
}

}  // namespace gantry::store
