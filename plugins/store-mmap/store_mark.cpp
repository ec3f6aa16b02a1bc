#include "plugins/store-mmap/store_mark.h"

#include <cerrno>
#include <string>
#include <string_view>

namespace gantry::store {
namespace {

constexpr std::string_view kLockText = "lock";  // what Apache writes there

}  // namespace

IoResult<StoreLock> StoreLock::take(FileSystem& files, const std::filesystem::path& directory) {
  if (auto made = files.make_directories(directory); !made) return made.error();
  const std::filesystem::path path = directory / "lock";
  auto held = files.lock(path);
  if (!held) {
    if (held.error().number != EAGAIN && held.error().number != EACCES) return held.error();
    return IoError{EAGAIN, "the store directory " + directory.string() +
                               " is in use by another broker, which has locked " + path.string() +
                               ". Stop that one, or give this one a directory of its own with "
                               "[plugins.store-mmap] dir. Nothing in it was touched"};
  }
  auto size = (*held)->size();
  if (!size) return size.error();
  // Once is enough: a broker must start on a full disk, too.
  if (*size == static_cast<std::int64_t>(kLockText.size())) return StoreLock(std::move(*held));
  if (auto written = (*held)->write(0, kLockText); !written) return written.error();
  if (auto synced = (*held)->sync(); !synced) return synced.error();
  return StoreLock(std::move(*held));
}

IoResult<LastExit> AbortMark::last_exit() const {
  auto there = files_.exists(path());
  if (!there) return there.error();
  return *there ? LastExit::unclean : LastExit::clean;
}

IoResult<void> AbortMark::set() const {
  auto file = files_.open(path(), FileSystem::Open::create);
  if (!file) return file.error();
  if (auto synced = (*file)->sync(); !synced) return synced;
  return files_.sync_directory(directory_);
}

IoResult<void> AbortMark::clear() const {
  if (auto removed = files_.remove(path()); !removed) return removed;
  return files_.sync_directory(directory_);
}

}  // namespace gantry::store
