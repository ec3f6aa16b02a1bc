// The directory that one server keeps its files in, held for as long as this object lives: two on one
// directory would write each other's files away.
#pragma once

#include "disk/files.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace gantry::disk {

class DataDirectory {
 public:
  struct Holder {
    std::string_view lock_file;  // "broker.lock"
    std::string_view what;       // "broker"
  };

  // Makes the directory if need be and locks it. The lock ends with the process, however it ends.
  static boost::system::result<DataDirectory, FileError> open(const std::filesystem::path& directory,
                                                              const Holder& holder);

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

}  // namespace gantry::disk
