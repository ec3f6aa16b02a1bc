#include "disk/files.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace gantry::disk {

namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

// Calls again when a signal came in between.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Open {
 public:
  explicit Open(int file) : file_(file) {}
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() {
    if (file_ >= 0) ::close(file_);
  }
  int get() const { return file_; }

 private:
  int file_;
};

FileError cannot(std::string_view what, const std::filesystem::path& file,
                 const boost::system::error_code& why) {
  return {"cannot " + std::string(what) + " " + file.string() + ": " + why.message()};
}

boost::system::result<void, FileError> write_whole(Files& files, const std::filesystem::path& file,
                                                   std::string_view bytes) {
  const auto opened = files.create(file);
  if (!opened) return cannot("create", file, opened.error());
  boost::system::result<void, FileError> done;
  while (!bytes.empty() && done) {
    const auto written = files.write(*opened, bytes);
    if (written) {
      bytes.remove_prefix(*written);
    } else {
      done = cannot("write", file, written.error());
    }
  }
  if (done) {
    if (const auto synced = files.sync(*opened); !synced) done = cannot("sync", file, synced.error());
  }
  files.close(*opened);
  return done;
}

}  // namespace

FileResult<std::optional<std::string>> PosixFiles::read(const std::filesystem::path& file) {
  const Open in(uninterrupted([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (in.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return last_error();
  }
  std::string text;
  char part[1 << 16];
  while (true) {
    const ssize_t got = uninterrupted([&] { return ::read(in.get(), part, sizeof part); });
    if (got < 0) return last_error();
    if (got == 0) return text;
    text.append(part, static_cast<std::size_t>(got));
  }
}

FileResult<int> PosixFiles::create(const std::filesystem::path& file) {
  const int opened = uninterrupted(
      [&] { return ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (opened < 0) return last_error();
  return opened;
}

FileResult<std::size_t> PosixFiles::write(int file, std::string_view bytes) {
  const ssize_t written = uninterrupted([&] { return ::write(file, bytes.data(), bytes.size()); });
  if (written < 0) return last_error();
  return static_cast<std::size_t>(written);
}

FileResult<void> PosixFiles::sync(int file) {
  if (::fsync(file) != 0) return last_error();
  return {};
}

void PosixFiles::close(int file) {
  ::close(file);
}

FileResult<void> PosixFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return last_error();
  return {};
}

FileResult<void> PosixFiles::remove(const std::filesystem::path& file) {
  if (::unlink(file.c_str()) != 0) return last_error();
  return {};
}

FileResult<void> PosixFiles::sync_directory(const std::filesystem::path& directory) {
  const Open opened(
      uninterrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return last_error();
  return {};
}

void throw_exception_from_error(const FileError& error, const boost::source_location& /*where*/) {
  throw std::runtime_error(error.text);
}

boost::system::result<void, FileError> replace_file(Files& files, const std::filesystem::path& file,
                                                    std::string_view bytes) {
  const std::filesystem::path fresh = file.string() + ".new";
  if (auto written = write_whole(files, fresh, bytes); !written) {
    static_cast<void>(files.remove(fresh));  // leaving it would cost space, not correctness
    return written.error();
  }
  if (const auto renamed = files.rename(fresh, file); !renamed) {
    static_cast<void>(files.remove(fresh));
    return cannot("rename " + fresh.string() + " to", file, renamed.error());
  }
  const std::filesystem::path directory = file.has_parent_path() ? file.parent_path() : ".";
  if (const auto synced = files.sync_directory(directory); !synced) {
    return cannot("sync the directory", directory, synced.error());
  }
  return {};
}

}  // namespace gantry::disk
