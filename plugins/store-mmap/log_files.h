// The commit log's files: which there are, which one holds a position, and the next one before it is needed.
//
//   00000000000000000000  00000000001073741824  00000000002147483648  ...   each `file_size` long
//
// A file is made with real blocks behind every byte, so that a full disk is an error here and not later. Only
// the files that were read last stay mapped; who holds a mapping keeps its bytes, even after the file is
// gone.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

// One file of the log. Thread: any.
class LogFile {
 public:
  LogFile(FileSystem& files, std::filesystem::path path, api::LogOffset start, std::int64_t size)
      : files_(files), path_(std::move(path)), start_(start), size_(size) {}

  api::LogOffset start() const { return start_; }
  api::LogOffset end() const { return start_ + size_; }
  std::int64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

  // For writing, reading and syncing; opened when it is first asked for, and that waits for the disk.
  IoResult<File*> file();
  // What was written to it is on the disk when this returns. After one that failed none succeeds any more,
  // for whomever: the system tells an error once, and then says yes of what was lost. Waits for the disk.
  IoResult<void> sync();
  bool sync_failed() const;
  // Opened and mapped when it is first asked for, and after it failed; waits then.
  IoResult<std::shared_ptr<const Mapping>> mapping();
  // The one that is there, if it has not failed; nullptr: mapping() would have to make one. Never waits.
  std::shared_ptr<const Mapping> mapped() const;
  // Lets go of its own hold on the mapping; others' go on.
  void unmap();

 private:
  FileSystem& files_;
  const std::filesystem::path path_;
  const api::LogOffset start_;
  const std::int64_t size_;
  std::mutex making_;                       // one at a time opens it or maps it
  std::mutex syncing_;                      // one at a time syncs it
  mutable std::mutex mutex_;                // never held while the disk is waited for
  std::unique_ptr<File> file_;              // guarded by mutex_
  std::shared_ptr<const Mapping> mapping_;  // guarded by mutex_
  std::optional<IoError> sync_failed_;      // guarded by mutex_
};

// Thread: any, but for open().
class LogFiles {
 public:
  struct Settings {
    std::vector<std::filesystem::path> directories;  // new files go round them; at least one
    std::int64_t file_size = std::int64_t{1} << 30;
    std::size_t mapped = 16;  // how many stay mapped
  };

  LogFiles(FileSystem& files, Settings settings) : files_(files), settings_(std::move(settings)) {}

  // Finds the files that are there. Their length is taken from them and may differ from the settings; entries
  // that are no log files are left alone and named in `warnings`. An error: two sizes, a gap, a file twice.
  IoResult<void> open(std::vector<std::string>& warnings);

  std::int64_t file_size() const { return settings_.file_size; }
  const std::vector<std::filesystem::path>& directories() const { return settings_.directories; }

  std::vector<std::shared_ptr<LogFile>> all() const;
  // nullptr: no file holds that position.
  std::shared_ptr<LogFile> holding(api::LogOffset at) const;
  api::LogOffset first() const { return {first_.load(std::memory_order_acquire)}; }
  // Where the last file ends; the start of the first one to come when there is none.
  api::LogOffset end() const;

  // The file that begins at `start`, which is end() when there is one before it; ENOENT: end() is elsewhere
  // by now. Waits for the disk.
  IoResult<std::shared_ptr<LogFile>> add(api::LogOffset start);
  // Takes out the oldest file. It is gone from here first, and then from the disk.
  IoResult<void> remove_first();
  // No new files into these directories, as long as there is another.
  void avoid(std::vector<std::filesystem::path> full);
  // Takes out every file that begins at `from` or behind it.
  IoResult<void> remove_from(api::LogOffset from);

  // The mapping of a file, which thereby counts as read last; the one longest not read is let go of. Makes it
  // if it must, and then waits for the disk.
  IoResult<std::shared_ptr<const Mapping>> map(const std::shared_ptr<LogFile>& file);
  // The same, if it is there already; nullptr: map() would have to make it. Never waits.
  std::shared_ptr<const Mapping> mapped(const std::shared_ptr<LogFile>& file);

 private:
  std::filesystem::path path_for(api::LogOffset start) const;
  bool still_there(const std::filesystem::path& path) const;
  IoResult<void> make_durably(const std::filesystem::path& directory);
  IoResult<void> find_in(const std::filesystem::path& directory, std::vector<std::string>& warnings);
  IoResult<void> drop_unfinished(std::vector<std::string>& warnings);
  IoResult<void> check_row() const;
  IoResult<void> remove_in_order(const LogFile& file);
  IoResult<void> sync_directories();
  void row_changed();
  void was_read(const std::shared_ptr<LogFile>& file);

  FileSystem& files_;
  Settings settings_;
  std::mutex at_the_end_;     // one at a time makes a file, or takes the last ones out
  mutable std::mutex mutex_;  // guards what follows; never held while the disk is waited for
  std::vector<std::shared_ptr<LogFile>> row_;
  std::vector<std::shared_ptr<LogFile>> mapped_;  // longest not read first
  std::vector<std::filesystem::path> full_;
  std::atomic<std::int64_t> first_{0};
};

// "00000000001073741824"; nullopt: another text.
std::string log_file_name(std::int64_t start);
std::optional<std::int64_t> parse_log_file_name(std::string_view name);

}  // namespace gantry::store
