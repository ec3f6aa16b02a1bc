// The entries of one consume queue as its files have them, for who only looks: holes, filler and old bytes
// behind the end included.
//
// Thread: one at a time.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/queue_entry.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

class QueueView {
 public:
  explicit QueueView(FileSystem& disk, std::filesystem::path directory)
      : disk_(&disk), directory_(std::move(directory)) {}

  // Looks which files there are; before anything else.
  IoResult<void> list();

  const std::filesystem::path& directory() const { return directory_; }
  // Why the files cannot be those of one queue (a start removes them then, and makes the queue again); empty:
  // they can. There are no entries then.
  const std::string& contradiction() const { return contradiction_; }
  // Names that are no files of a queue.
  const std::vector<std::string>& strays() const { return strays_; }
  std::int64_t files() const { return files_; }
  std::int64_t bytes() const { return bytes_; }

  // Numbers of entries for which there is room: [begin, end).
  std::int64_t begin() const { return first_file_ * per_file(); }
  std::int64_t end() const { return (first_file_ + files_) * per_file(); }

  // What was never written reads as one that is not written(); so does all that is outside.
  IoResult<QueueEntry> entry(std::int64_t number);
  // The first entry from there on that is written; end(): none is.
  IoResult<std::int64_t> next_written(std::int64_t number);
  // The first that is no filler, and the end of the row of written ones in the last file that begins with
  // one: right for a queue without holes, and cheap.
  struct Range {
    std::int64_t first = 0, end = 0;
  };
  IoResult<Range> range();

  // Where an entry stands.
  std::filesystem::path file_of(std::int64_t number) const;
  std::int64_t place_of(std::int64_t number) const;

  // Lets go of the file and the memory; the next look opens it again.
  void close();
  bool is_open() const { return file_ != nullptr; }

 private:
  std::int64_t per_file() const { return file_size_ / static_cast<std::int64_t>(QueueEntry::kSize); }
  IoResult<void> open_file_of(std::int64_t number);
  IoResult<void> load(std::int64_t number);

  FileSystem* disk_;
  std::filesystem::path directory_;
  std::string contradiction_;
  std::vector<std::string> strays_;
  std::int64_t file_size_ = static_cast<std::int64_t>(QueueEntry::kSize);
  std::int64_t first_file_ = 0, files_ = 0;
  std::int64_t bytes_ = 0;

  std::unique_ptr<File> file_;
  std::int64_t file_number_ = -1;
  std::vector<char> block_;                     // a part of the file's entries, as they are
  std::int64_t block_from_ = 0, block_to_ = 0;  // their numbers
};

}  // namespace gantry::store
