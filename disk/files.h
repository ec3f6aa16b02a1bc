// The few things that a server does with files, as the operating system has them: small enough that a test
// puts a disk in its place that fails, fills up or loses power at any call.
//
// Thread: as the implementation says; PosixFiles: any. These calls wait for the disk: never on an I/O thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::disk {

template <class T>
using FileResult = boost::system::result<T>;

class Files {
 public:
  virtual ~Files() = default;

  // Nothing: there is no such file.
  virtual FileResult<std::optional<std::string>> read(const std::filesystem::path& file) = 0;

  // A new or emptied file that only its owner may read and write.
  virtual FileResult<int> create(const std::filesystem::path& file) = 0;
  virtual FileResult<std::size_t> write(int file, std::string_view bytes) = 0;  // perhaps only a part
  virtual FileResult<void> sync(int file) = 0;
  virtual void close(int file) = 0;

  virtual FileResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual FileResult<void> remove(const std::filesystem::path& file) = 0;
  virtual FileResult<void> sync_directory(const std::filesystem::path& directory) = 0;
};

class PosixFiles final : public Files {
 public:
  FileResult<std::optional<std::string>> read(const std::filesystem::path& file) override;
  FileResult<int> create(const std::filesystem::path& file) override;
  FileResult<std::size_t> write(int file, std::string_view bytes) override;
  FileResult<void> sync(int file) override;
  void close(int file) override;
  FileResult<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  FileResult<void> remove(const std::filesystem::path& file) override;
  FileResult<void> sync_directory(const std::filesystem::path& directory) override;
};

// A sentence for the operator: which file, which call, why.
struct FileError {
  std::string text;
};
// Lets result::value() throw the sentence at start-up.
[[noreturn]] void throw_exception_from_error(const FileError& error, const boost::source_location& where);

// Makes `bytes` the content of `file`, whole and durable, or leaves it as it was: written beside it, synced,
// renamed over it, the directory synced. After an error the old content stands; only when the last step
// failed the new one may, and nobody knows which after a power cut. Never a mixture.
boost::system::result<void, FileError> replace_file(Files& files, const std::filesystem::path& file,
                                                    std::string_view bytes);

}  // namespace gantry::disk
