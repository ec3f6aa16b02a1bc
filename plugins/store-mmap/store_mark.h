// What keeps two brokers off one store directory, and what tells a start that the last exit was not clean:
// the files `lock` and `abort`, as Apache's broker has them.
#pragma once

#include "plugins/store-mmap/file_system.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

namespace gantry::store {

// Holds the directory for as long as this object lives. Nothing else in this process may open the file
// `lock`: closing it would let go of the lock.
class StoreLock {
 public:
  // Makes the directory if need be. To be taken before anything in it is looked at: a broker that recovers a
  // directory in use would cut what the other one is writing. EAGAIN: another process has it, Apache's
  // included; the text says what to do.
  static IoResult<StoreLock> take(FileSystem& files, const std::filesystem::path& directory);

 private:
  explicit StoreLock(std::unique_ptr<File> held) : held_(std::move(held)) {}

  std::unique_ptr<File> held_;
};

enum class LastExit : std::uint8_t {
  clean,    // or there never was one
  unclean,  // what is in the files must be checked
};

// The file `abort`, there while a broker runs. Thread: one at a time.
class AbortMark {
 public:
  AbortMark(FileSystem& files, std::filesystem::path directory)
      : files_(files), directory_(std::move(directory)) {}

  IoResult<LastExit> last_exit() const;
  // Durable when it returns; to be called before the first write to any other file.
  IoResult<void> set() const;
  // To be called only after everything else was synced, and not at all when anything failed.
  IoResult<void> clear() const;

 private:
  std::filesystem::path path() const { return directory_ / "abort"; }

  FileSystem& files_;
  const std::filesystem::path directory_;
};

}  // namespace gantry::store
