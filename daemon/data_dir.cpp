#include "daemon/data_dir.h"

#include <cstdlib>

namespace gantry::daemon {

std::filesystem::path default_data_dir(std::string_view program) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::filesystem::path("/var/lib/gantry") / program;
  return std::filesystem::path(home) / ".gantry" / program;
}

}  // namespace gantry::daemon
