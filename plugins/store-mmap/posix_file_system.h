// The operating system's files, as a running broker has them. What each call does: file_system.h.
//
// Where a file system lacks a way to do it at once (allocating, zeroing), zeros are written instead; where it
// cannot say whether a read would wait, read_cached() may wait.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/system_calls.h"

namespace gantry::store {

// Thread: any. It need not outlive its files.
class PosixFileSystem final : public FileSystem {
 public:
  // `calls` outlives all files and mappings.
  explicit PosixFileSystem(const SystemCalls& calls = kSystemCalls) : calls_(calls) {}

  IoResult<std::unique_ptr<File>> open(const Path& file, Open how) override;
  IoResult<std::vector<Entry>> list(const Path& directory) override;
  IoResult<bool> exists(const Path& path) override;
  IoResult<void> make_directories(const Path& directory) override;
  IoResult<void> rename(const Path& from, const Path& to) override;
  IoResult<void> remove(const Path& file) override;
  IoResult<void> remove_directory(const Path& path) override;
  IoResult<void> sync_directory(const Path& directory) override;
  IoResult<std::unique_ptr<Disk>> disk_of(const Path& directory) override;

  // Used is what is not free; available leaves out what the file system keeps for the superuser. So they do
  // not add up to its size, and used / (used + available) is the share that `df` and Apache's broker tell.
  IoResult<Space> space(const Path& directory) override;

  // A lock of the open file's, not of the process: it also keeps out a second store in this process, and is
  // not lost when somebody else here opens and closes the same file. Apache's broker and it see each other's.
  IoResult<std::unique_ptr<File>> lock(const Path& file) override;
  IoResult<std::unique_ptr<File>> lock_for_reading(const Path& file) override;

 private:
  const SystemCalls& calls_;
};

}  // namespace gantry::store
