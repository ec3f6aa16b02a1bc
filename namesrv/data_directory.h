// The directory that one name server keeps its files in, held for as long as this object lives: two on one
// directory would write each other's KV config away.
#pragma once

#include "namesrv/files.h"

#include <filesystem>
#include <utility>

#include <boost/system/result.hpp>

namespace gantry::namesrv {

class DataDirectory {
 public:
  // Makes the directory if need be and locks it. The lock ends with the process, however it ends.
  static boost::system::result<DataDirectory, FileError> open(const std::filesystem::path& directory);

  DataDirectory(DataDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;  // the open lock file
};

}  // namespace gantry::namesrv
