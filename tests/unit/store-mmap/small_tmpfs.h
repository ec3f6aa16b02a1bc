// A file system of a few pages that a test fills. It is mounted nowhere: an open descriptor is all there is
// of it, so that it is gone with the process, whatever happens.
#pragma once

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <sys/mount.h>

namespace gantry::store {

class SmallTmpfs {
 public:
  explicit SmallTmpfs(std::size_t bytes) {
    const int made = ::fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (made >= 0) {
      const std::string size = std::to_string(bytes);
      if (::fsconfig(made, FSCONFIG_SET_STRING, "size", size.c_str(), 0) == 0 &&
          ::fsconfig(made, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
        mounted_ = ::fsmount(made, FSMOUNT_CLOEXEC, 0);
      }
    }
    if (mounted_ < 0) why_not_ = std::strerror(errno);
    if (made >= 0) ::close(made);
  }
  SmallTmpfs(const SmallTmpfs&) = delete;
  SmallTmpfs& operator=(const SmallTmpfs&) = delete;
  ~SmallTmpfs() {
    if (mounted_ >= 0) ::close(mounted_);
  }

  // Empty: there is one. Else the system's reason; mounting takes the superuser's rights.
  const std::string& why_not() const { return why_not_; }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(mounted_); }

 private:
  int mounted_ = -1;
  std::string why_not_;
};

}  // namespace gantry::store

#define GANTRY_SKIP_UNLESS_MADE(tmpfs) \
  if (!(tmpfs).why_not().empty()) GTEST_SKIP() << "no small file system to fill: " << (tmpfs).why_not()
