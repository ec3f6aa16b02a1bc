#include "cli/open_files.h"

#include <algorithm>

#include <sys/resource.h>

namespace gantry::cli {
namespace {

constexpr rlim_t kOtherFiles = 500;

}  // namespace

std::size_t connections_of_each(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max == RLIM_INFINITY) return wanted;
  const rlim_t left = std::max(files.rlim_max, 2 * kOtherFiles) - kOtherFiles;
  return std::min<std::size_t>(wanted, left / 2);
}

void make_room_for_connections(std::size_t count) {
  rlimit files{};
  const rlim_t wanted = count + kOtherFiles;
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted) return;
  files.rlim_cur = std::min(wanted, files.rlim_max);
  // Where this fails, each server says what it cannot have.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
}

}  // namespace gantry::cli
