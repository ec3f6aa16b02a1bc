#include "bench/floor_server/appended_file.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace gantry::bench {
namespace {

constexpr off_t kRoom = off_t{1} << 30;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

AppendedFile::AppendedFile(const std::string& path, bool sync)
    : file_(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644)), sync_(sync) {
  if (file_.fd() < 0) fail("cannot open " + path);
  if (::fallocate(file_.fd(), 0, 0, kRoom) != 0) fail("cannot give " + path + " its room of 1 GiB");
}

void AppendedFile::write(const std::vector<std::string_view>& pieces) {
  std::vector<iovec> vector;
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    vector.push_back({const_cast<char*>(piece.data()), piece.size()});
    if (vector.size() == IOV_MAX) write_vector(vector);
  }
  if (vector.empty()) return;
  write_vector(vector);
  if (sync_ && ::fdatasync(file_.fd()) != 0) fail("fdatasync");
}

void AppendedFile::write_vector(std::vector<iovec>& vector) {
  off_t bytes = 0;
  for (const iovec& piece : vector) bytes += static_cast<off_t>(piece.iov_len);
  if (end_ + bytes > kRoom) end_ = 0;
  // A regular file takes all of it, or has no room.
  if (::pwritev(file_.fd(), vector.data(), static_cast<int>(vector.size()), end_) != bytes) fail("pwritev");
  end_ += bytes;
  vector.clear();
}

}  // namespace gantry::bench
