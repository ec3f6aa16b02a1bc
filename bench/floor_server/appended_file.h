// The file that a floor server writes what it received to: the least that keeping messages costs.
#pragma once

#include "bench/loadgen/socket.h"

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <sys/uio.h>

namespace gantry::bench {

// Thread: the server's.
class AppendedFile {
 public:
  // Its room is there from the start on, and when that is used up it is written from the beginning again:
  // nobody reads it. `sync`: write() returns when the bytes are on the disk. Throws std::system_error.
  AppendedFile(const std::string& path, bool sync);

  // With one call, as long as the system takes so many pieces at once. Throws std::system_error.
  void write(const std::vector<std::string_view>& pieces);

 private:
  void write_vector(std::vector<iovec>& vector);

  Socket file_;  // any descriptor is closed alike
  off_t end_ = 0;
  bool sync_;
};

}  // namespace gantry::bench
