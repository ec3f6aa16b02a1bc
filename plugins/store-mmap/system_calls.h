// The operating system's calls that some machines lack or answer in part, so that a test can be such a
// machine; and the sentence for a call that failed. Internal to posix_file_system.h and posix_mapping.h.
#pragma once

#include "plugins/store-mmap/file_system.h"

#include <cerrno>
#include <fcntl.h>
#include <string>

#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace gantry::store {

struct SystemCalls {
  ssize_t (*pwritev)(int file, const iovec* pieces, int count, off_t at) = ::pwritev;
  ssize_t (*preadv2)(int file, const iovec* pieces, int count, off_t at, int flags) = ::preadv2;
  ssize_t (*pwritev2)(int file, const iovec* pieces, int count, off_t at, int flags) = ::pwritev2;
  int (*fallocate)(int file, int mode, off_t from, off_t size) = ::fallocate;
  int (*madvise)(void* from, std::size_t size, int advice) = ::madvise;
};
inline constexpr SystemCalls kSystemCalls;

// "cannot <what> <file>: <the system's words for number>"
IoError call_failed(int number, const std::string& what, const std::filesystem::path& file);

// Calls again when a signal came in between.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace gantry::store
