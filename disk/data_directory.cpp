#include "disk/data_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

#include <sys/file.h>

namespace gantry::disk {

namespace {

constexpr std::string_view kRemedy = "; choose another with data_dir, or make this one usable";

FileError unusable(const std::filesystem::path& directory, std::string_view call,
                   const std::error_code& why) {
  return {"the data directory " + directory.string() + " cannot be used: " + std::string(call) + ": " +
          why.message() + std::string(kRemedy)};
}

std::error_code last_error() {
  return {errno, std::system_category()};
}

// The process that holds the lock wrote its id into the file.
std::string process_holding(int lock) {
  char text[20];
  const ssize_t size = ::pread(lock, text, sizeof text, 0);
  const std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return pid.empty() ? "" : " (process " + pid.substr(0, pid.find('\n')) + ")";
}

}  // namespace

boost::system::result<DataDirectory, FileError> DataDirectory::open(const std::filesystem::path& directory,
                                                                    const Holder& holder) {
  const std::string name(holder.lock_file);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return unusable(directory, "making it", error);

  const std::filesystem::path file = directory / name;
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return unusable(directory, "opening " + name, last_error());
  DataDirectory held(directory, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable(directory, "locking " + name, last_error());
    return FileError{"the data directory " + directory.string() + " is in use by another " +
                     std::string(holder.what) + process_holding(lock) +
                     "; stop that one, or give this one a directory of its own with data_dir"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    return unusable(directory, "writing " + name, last_error());
  }
  return held;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace gantry::disk
