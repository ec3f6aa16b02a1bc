#include "plugins/store-mmap/system_calls.h"

#include <system_error>

namespace gantry::store {

IoError call_failed(int number, const std::string& what, const std::filesystem::path& file) {
  return {number, "cannot " + what + " " + file.string() + ": " + std::generic_category().message(number)};
}

}  // namespace gantry::store
