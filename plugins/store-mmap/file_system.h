// What the store asks of the operating system: few calls, so that a test puts a disk in its place that
// stalls, fills up, fails the n-th call, or loses power.
//
// These calls wait for the disk. Thread: any number at once, as PosixFileSystem has it; calls on one File
// from several threads at once are fine as long as they are about different bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>
#include <sys/uio.h>

namespace gantry::store {

// What went wrong with which file, as a sentence, and the system's number for it (ENOSPC, EIO, ...).
struct IoError {
  IoError() = default;
  // Without it a number alone would make an error, and no result could be made from a number.
  IoError(int the_number, std::string the_text) : number(the_number), text(std::move(the_text)) {}

  int number = 0;
  // "cannot write 4096 bytes at 8192 of /data/store/commitlog/000...0: No space left on device"
  std::string text;
};
template <class T>
using IoResult = boost::system::result<T, IoError>;
[[noreturn]] void throw_exception_from_error(const IoError& error, const boost::source_location& where);

// The bytes of a file, read where they are in the page cache. Lives on after the file was removed, and so do
// the bytes: who holds it can go on reading.
class Mapping {
 public:
  virtual ~Mapping() = default;

  std::string_view bytes() const { return bytes_; }
  std::string_view bytes(std::int64_t at, std::size_t size) const {
    return bytes_.substr(static_cast<std::size_t>(at), size);
  }

  // Whether reading these bytes would not wait for the disk. One system call.
  virtual bool resident(std::int64_t at, std::size_t size) const = 0;

  // Brings them in, and says so when the disk cannot: after that reading them is safe for the moment.
  virtual IoResult<void> bring_in(std::int64_t at, std::size_t size) const = 0;

  // The disk failed under somebody who read these bytes; what was read since is zeros, not the file's. Cheap:
  // ask after reading bytes that were not brought in before.
  // Stays so, and then nothing is resident and bringing in is an error: map the file anew.
  virtual bool failed() const = 0;

 protected:
  std::string_view bytes_;
};

class File {
 public:
  virtual ~File() = default;

  // All of the pieces, one after the other from `at` on. After an error any part of them may be there.
  virtual IoResult<void> write(std::int64_t at, std::span<const iovec> pieces) = 0;
  IoResult<void> write(std::int64_t at, std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return write(at, std::span(&piece, 1));
  }

  // How many bytes there were: fewer than asked only at the file's end.
  virtual IoResult<std::size_t> read(std::int64_t at, std::span<char> to) = 0;

  // The same, but only if it need not wait for the disk; nullopt: it would have to.
  virtual IoResult<std::optional<std::size_t>> read_cached(std::int64_t at, std::span<char> to) = 0;

  // What was written is on the disk when this returns, and the file's length. After an error nobody knows
  // what is there, and it must never be asked again in the hope of a yes.
  virtual IoResult<void> sync() = 0;

  // Makes the file `size` bytes long with real blocks behind every byte; new ones read as zeros.
  virtual IoResult<void> allocate(std::int64_t size) = 0;

  // Makes it `size` bytes long without blocks where there were none.
  virtual IoResult<void> resize(std::int64_t size) = 0;

  // Zeros in [from, to), with blocks still there if there were any. Durable after sync().
  virtual IoResult<void> zero(std::int64_t from, std::int64_t to) = 0;

  // The same, and on the disk when this returns. Of what else was written to the file it need not wait.
  virtual IoResult<void> zero_durably(std::int64_t from, std::int64_t to) = 0;

  virtual IoResult<std::int64_t> size() = 0;

  // Where the first byte lies, `at` or behind it, that may be anything but zero: what lies between was never
  // written and has no blocks. The file's length: there is none. Who cannot tell answers `at`.
  virtual IoResult<std::int64_t> next_data(std::int64_t at) { return at; }

  // All of it, as long as it is now. Read only.
  virtual IoResult<std::shared_ptr<const Mapping>> map() = 0;
};

// A whole one, or what the system mounts as one.
class Disk {
 public:
  virtual ~Disk() = default;

  // All that was written to it is on it when this returns, names included, by whomever. An error that came up
  // anywhere on it since this object was made is told: keep one from the start.
  virtual IoResult<void> sync() = 0;
};

class FileSystem {
 public:
  using Path = std::filesystem::path;

  virtual ~FileSystem() = default;

  enum class Open : std::uint8_t { read, write, create };  // write: there already; create: there or not
  virtual IoResult<std::unique_ptr<File>> open(const Path& file, Open how) = 0;

  struct Entry {
    std::string name;
    bool directory = false;
    std::int64_t size = 0;
    std::int64_t modified = 0;  // ms since 1970
  };
  // Sorted by name. Empty: there is no such directory.
  virtual IoResult<std::vector<Entry>> list(const Path& directory) = 0;

  virtual IoResult<bool> exists(const Path& path) = 0;
  virtual IoResult<void> make_directories(const Path& directory) = 0;
  // What `to` names is the one or the other at any time, and after a power cut; on the disk, see below.
  virtual IoResult<void> rename(const Path& from, const Path& to) = 0;
  virtual IoResult<void> remove(const Path& file) = 0;            // one that is not there is no error
  virtual IoResult<void> remove_directory(const Path& path) = 0;  // with all that is in it
  // Names that were made, changed or removed in it are on the disk.
  virtual IoResult<void> sync_directory(const Path& directory) = 0;

  // The one that the directory is on, which need not be that of the directory around it.
  virtual IoResult<std::unique_ptr<Disk>> disk_of(const Path& directory) = 0;

  struct Space {
    std::int64_t used = 0;
    std::int64_t available = 0;  // to this process
  };
  virtual IoResult<Space> space(const Path& directory) = 0;

  // Held until the returned object is destroyed or the process ends: an fcntl lock on byte 0, which is what
  // Apache's broker takes on the same file. EAGAIN: another process has it.
  virtual IoResult<std::unique_ptr<File>> lock(const Path& file) = 0;

  // For who only looks: changes nothing, and many may hold it at once, but nobody beside the one of lock().
  // ENOENT: there is no such file, and so nobody who has locked it. EAGAIN: its text names the process, if
  // the system does.
  virtual IoResult<std::unique_ptr<File>> lock_for_reading(const Path& file) = 0;
};

}  // namespace gantry::store
