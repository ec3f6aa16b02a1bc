#include "plugins/store-mmap/posix_file_system.h"

#include "plugins/store-mmap/posix_mapping.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <dirent.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace gantry::store {
namespace {

using Path = FileSystem::Path;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

Descriptor open_descriptor(const Path& file, int flags) {
  return Descriptor(uninterrupted([&] { return ::open(file.c_str(), flags | O_CLOEXEC, 0640); }));
}

bool unsupported(int number) {
  return number == EOPNOTSUPP || number == ENOSYS;
}

std::string bytes_at(std::size_t bytes, std::int64_t at) {
  return std::to_string(bytes) + " bytes at " + std::to_string(at) + " of";
}

std::size_t total(std::span<const iovec> pieces) {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor file, Path path, const SystemCalls& calls)
      : file_(std::move(file)), path_(std::move(path)), calls_(calls) {}

  using File::write;
  IoResult<void> write(std::int64_t at, std::span<const iovec> pieces) override;
  IoResult<std::size_t> read(std::int64_t at, std::span<char> to) override;
  IoResult<std::optional<std::size_t>> read_cached(std::int64_t at, std::span<char> to) override;
  IoResult<void> sync() override;
  IoResult<void> allocate(std::int64_t size) override;
  IoResult<void> resize(std::int64_t size) override;
  IoResult<void> zero(std::int64_t from, std::int64_t to) override;
  IoResult<void> zero_durably(std::int64_t from, std::int64_t to) override;
  IoResult<std::int64_t> size() override;
  IoResult<std::int64_t> next_data(std::int64_t at) override;
  IoResult<std::shared_ptr<const Mapping>> map() override;

 private:
  IoResult<void> write_zeros(std::int64_t from, std::int64_t to);
  IoResult<void> fill_holes(std::int64_t end);

  Descriptor file_;
  Path path_;
  const SystemCalls& calls_;
};

IoResult<void> PosixFile::write(std::int64_t at, std::span<const iovec> pieces) {
  const auto first = at;
  const auto all = pieces;
  std::size_t done = 0;  // of the first piece
  while (true) {
    while (!pieces.empty() && done >= pieces.front().iov_len) {
      done -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (pieces.empty()) return {};
    const iovec rest =
        done == 0 ? iovec{}
                  : iovec{static_cast<char*>(pieces.front().iov_base) + done, pieces.front().iov_len - done};
    const auto now =
        done == 0 ? pieces.first(std::min<std::size_t>(pieces.size(), IOV_MAX)) : std::span(&rest, 1);
    const auto written = uninterrupted(
        [&] { return calls_.pwritev(file_.get(), now.data(), static_cast<int>(now.size()), at); });
    // A disk that takes nothing and does not say why would be asked forever.
    if (written <= 0)
      return call_failed(written < 0 ? errno : EIO, "write " + bytes_at(total(all), first), path_);
    at += written;
    done += static_cast<std::size_t>(written);
  }
}

IoResult<std::size_t> PosixFile::read(std::int64_t at, std::span<char> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const auto rest = to.subspan(done);
    const auto got = uninterrupted(
        [&] { return ::pread(file_.get(), rest.data(), rest.size(), at + static_cast<std::int64_t>(done)); });
    if (got < 0) return call_failed(errno, "read " + bytes_at(to.size(), at), path_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

IoResult<std::optional<std::size_t>> PosixFile::read_cached(std::int64_t at, std::span<char> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const auto rest = to.subspan(done);
    const iovec piece{rest.data(), rest.size()};
    const auto got = uninterrupted([&] {
      return calls_.preadv2(file_.get(), &piece, 1, at + static_cast<std::int64_t>(done), RWF_NOWAIT);
    });
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (errno == EAGAIN) {
      return std::nullopt;
    } else if (unsupported(errno)) {
      const auto read_all = read(at, to);
      if (!read_all) return read_all.error();
      return *read_all;
    } else {
      return call_failed(errno, "read " + bytes_at(to.size(), at), path_);
    }
  }
  return done;
}

IoResult<void> PosixFile::sync() {
  if (uninterrupted([&] { return ::fdatasync(file_.get()); }) != 0) return call_failed(errno, "sync", path_);
  return {};
}

IoResult<void> PosixFile::allocate(std::int64_t size) {
  const auto before = this->size();
  if (!before) return before.error();
  if (*before > size) {
    if (auto cut = resize(size); !cut) return cut;
  }
  if (size == 0 || uninterrupted([&] { return calls_.fallocate(file_.get(), 0, 0, size); }) == 0) return {};
  if (!unsupported(errno)) {
    return call_failed(errno, "allocate " + std::to_string(size) + " bytes for", path_);
  }
  if (auto filled = fill_holes(std::min(*before, size)); !filled) return filled;
  return write_zeros(*before, size);
}

IoResult<void> PosixFile::resize(std::int64_t size) {
  if (uninterrupted([&] { return ::ftruncate(file_.get(), size); }) == 0) return {};
  return call_failed(errno, "make " + std::to_string(size) + " bytes of", path_);
}

IoResult<void> PosixFile::zero(std::int64_t from, std::int64_t to) {
  if (from >= to) return {};
  const auto zeroed =
      uninterrupted([&] { return calls_.fallocate(file_.get(), FALLOC_FL_ZERO_RANGE, from, to - from); });
  if (zeroed == 0) return {};
  if (unsupported(errno)) return write_zeros(from, to);
  return call_failed(errno, "zero " + bytes_at(static_cast<std::size_t>(to - from), from), path_);
}

IoResult<void> PosixFile::zero_durably(std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kPart = 1 << 20;
  const std::string zeros(static_cast<std::size_t>(std::clamp<std::int64_t>(to - from, 0, kPart)), '\0');
  // One write at least: with it come to the disk blocks that were given up or cleared before.
  std::int64_t data_to = std::min(to, from + 1);
  for (std::int64_t at = from; at < to;) {
    if (at >= data_to) {
      const auto data = next_data(at);
      if (!data) return data.error();
      at = std::min(*data, to);
      const std::int64_t hole = ::lseek(file_.get(), at, SEEK_HOLE);
      data_to = hole < 0 ? to : std::min(hole, to);
      continue;
    }
    const iovec piece{const_cast<char*>(zeros.data()),
                      static_cast<std::size_t>(std::min(data_to - at, kPart))};
    const auto written =
        uninterrupted([&] { return calls_.pwritev2(file_.get(), &piece, 1, at, RWF_DSYNC); });
    if (written < 0 && unsupported(errno)) {
      if (auto zeroed = zero(from, to); !zeroed) return zeroed;
      return sync();
    }
    if (written <= 0)
      return call_failed(written < 0 ? errno : EIO, "write " + bytes_at(piece.iov_len, at), path_);
    at += written;
  }
  return {};
}

IoResult<std::int64_t> PosixFile::size() {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return call_failed(errno, "tell the size of", path_);
  return status.st_size;
}

IoResult<std::int64_t> PosixFile::next_data(std::int64_t at) {
  const std::int64_t data = ::lseek(file_.get(), at, SEEK_DATA);
  if (data >= 0) return data;
  if (errno == ENXIO) return size();
  if (errno == EINVAL || unsupported(errno)) return at;  // it cannot tell
  return call_failed(errno, "find data at " + std::to_string(at) + " of", path_);
}

IoResult<std::shared_ptr<const Mapping>> PosixFile::map() {
  const auto bytes = size();
  if (!bytes) return bytes.error();
  return PosixMapping::map(file_.get(), static_cast<std::size_t>(*bytes), path_, calls_);
}

IoResult<void> PosixFile::write_zeros(std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kPart = 1 << 20;
  const std::string zeros(static_cast<std::size_t>(std::clamp<std::int64_t>(to - from, 0, kPart)), '\0');
  for (; from < to; from += kPart) {
    const auto part = static_cast<std::size_t>(std::min(to - from, kPart));
    if (auto written = write(from, std::string_view(zeros).substr(0, part)); !written) return written;
  }
  return {};
}

// A file that somebody only made long has no blocks yet.
IoResult<void> PosixFile::fill_holes(std::int64_t end) {
  for (std::int64_t at = 0; at < end;) {
    const std::int64_t hole = ::lseek(file_.get(), at, SEEK_HOLE);
    if (hole < 0 || hole >= end) return {};
    const auto data = next_data(hole);
    if (!data) return data.error();
    at = std::min(*data, end);
    if (at <= hole) return {};
    if (auto written = write_zeros(hole, at); !written) return written;
  }
  return {};
}

class PosixDisk final : public Disk {
 public:
  PosixDisk(Descriptor directory, Path path) : directory_(std::move(directory)), path_(std::move(path)) {}

  IoResult<void> sync() override {
    if (uninterrupted([&] { return ::syncfs(directory_.get()); }) == 0) return {};
    return call_failed(errno, "sync the whole disk of", path_);
  }

 private:
  Descriptor directory_;
  Path path_;
};

// Byte 0, for the file that is open, not for the process.
flock first_byte(short type) {
  flock wanted{};
  wanted.l_type = type;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = 0;
  wanted.l_len = 1;
  return wanted;
}

// Only a lock of a whole process, as Apache's broker takes, has somebody to name.
std::string who_locked(flock wanted, int file) {
  if (::fcntl(file, F_OFD_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK && wanted.l_pid > 0)
    return "process " + std::to_string(wanted.l_pid);
  return "another store";
}

}  // namespace

IoResult<std::unique_ptr<File>> PosixFileSystem::open(const Path& file, Open how) {
  const int flags = how == Open::read ? O_RDONLY : how == Open::write ? O_RDWR : O_RDWR | O_CREAT;
  Descriptor opened = open_descriptor(file, flags);
  if (opened.get() < 0) return call_failed(errno, how == Open::create ? "create" : "open", file);
  return std::make_unique<PosixFile>(std::move(opened), file, calls_);
}

IoResult<std::vector<FileSystem::Entry>> PosixFileSystem::list(const Path& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(directory.c_str()), ::closedir);
  std::vector<Entry> entries;
  if (opened == nullptr) {
    if (errno == ENOENT) return entries;
    return call_failed(errno, "list", directory);
  }
  while (true) {
    errno = 0;
    const dirent* const found = ::readdir(opened.get());
    if (found == nullptr) break;
    std::string name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat status{};
    if (::stat((directory / name).c_str(), &status) != 0) {
      if (errno == ENOENT) continue;  // removed meanwhile, or a link to nothing
      return call_failed(errno, "look at", directory / name);
    }
    const bool is_directory = S_ISDIR(status.st_mode);
    const auto modified = std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
    entries.push_back({std::move(name), is_directory, is_directory ? 0 : status.st_size, modified});
  }
  if (errno != 0) return call_failed(errno, "list", directory);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

IoResult<bool> PosixFileSystem::exists(const Path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return call_failed(errno, "look for", path);
}

IoResult<void> PosixFileSystem::make_directories(const Path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return call_failed(error.value(), "make the directory", directory);
  return {};
}

IoResult<void> PosixFileSystem::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return call_failed(errno, "make " + from.string() + " to be", to);
}

IoResult<void> PosixFileSystem::remove(const Path& file) {
  if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
  return call_failed(errno, "remove", file);
}

IoResult<void> PosixFileSystem::remove_directory(const Path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return call_failed(error.value(), "remove", path);
  return {};
}

IoResult<void> PosixFileSystem::sync_directory(const Path& directory) {
  const Descriptor opened = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
  if (opened.get() >= 0 && uninterrupted([&] { return ::fsync(opened.get()); }) == 0) return {};
  return call_failed(errno, "sync the directory", directory);
}

IoResult<std::unique_ptr<Disk>> PosixFileSystem::disk_of(const Path& directory) {
  Descriptor opened = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
  if (opened.get() < 0) return call_failed(errno, "open the directory", directory);
  return std::make_unique<PosixDisk>(std::move(opened), directory);
}

IoResult<FileSystem::Space> PosixFileSystem::space(const Path& directory) {
  struct statvfs status{};
  if (uninterrupted([&] { return ::statvfs(directory.c_str(), &status); }) != 0) {
    return call_failed(errno, "tell the disk space of", directory);
  }
  const auto block = static_cast<std::int64_t>(status.f_frsize);
  return Space{.used = static_cast<std::int64_t>(status.f_blocks - status.f_bfree) * block,
               .available = static_cast<std::int64_t>(status.f_bavail) * block};
}

IoResult<std::unique_ptr<File>> PosixFileSystem::lock(const Path& file) {
  Descriptor opened = open_descriptor(file, O_RDWR | O_CREAT);
  if (opened.get() < 0) return call_failed(errno, "create", file);
  flock wanted = first_byte(F_WRLCK);
  if (uninterrupted([&] { return ::fcntl(opened.get(), F_OFD_SETLK, &wanted); }) != 0) {
    if (errno != EAGAIN && errno != EACCES) return call_failed(errno, "lock", file);
    return IoError{EAGAIN, file.string() + " is locked by " + who_locked(wanted, opened.get()) +
                               ". Stop the broker that uses this store, or give this one a directory of its "
                               "own."};
  }
  auto held = std::make_unique<PosixFile>(std::move(opened), file, calls_);
  if (auto written = held->write(0, "lock"); !written) return written.error();
  if (auto synced = held->sync(); !synced) return synced.error();
  return held;
}

IoResult<std::unique_ptr<File>> PosixFileSystem::lock_for_reading(const Path& file) {
  Descriptor opened = open_descriptor(file, O_RDONLY);
  if (opened.get() < 0) return call_failed(errno, "open", file);
  flock wanted = first_byte(F_RDLCK);
  if (uninterrupted([&] { return ::fcntl(opened.get(), F_OFD_SETLK, &wanted); }) != 0) {
    if (errno != EAGAIN && errno != EACCES) return call_failed(errno, "lock", file);
    return IoError{EAGAIN, file.string() + " is locked by " + who_locked(wanted, opened.get())};
  }
  return std::make_unique<PosixFile>(std::move(opened), file, calls_);
}

}  // namespace gantry::store
