// The files of the commit log as they lie there, for who only looks: nothing is made, removed or opened for
// writing, and what LogFiles would refuse or mend is a finding.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/file_system.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace gantry::store {

// Thread: any.
class LogRow {
 public:
  struct File {
    std::filesystem::path path;
    api::LogOffset start;
    std::int64_t size = 0;

    api::LogOffset end() const { return start + size; }
  };

  // `file_size` is what a start would make files of, if there is one only. Files of another length than the
  // others and gaps between them are told to `found`, and the files are in the row all the same.
  static IoResult<LogRow> find(FileSystem& disk, const std::vector<std::filesystem::path>& directories,
                               std::int64_t file_size, const api::StoreTools::Found& found);

  const std::vector<File>& files() const { return files_; }
  bool empty() const { return files_.empty(); }
  api::LogOffset first() const { return empty() ? api::LogOffset{} : files_.front().start; }
  api::LogOffset end() const { return empty() ? api::LogOffset{} : files_.back().end(); }
  // The first file that ends behind `at`; files().size(): none does.
  std::size_t holding(api::LogOffset at) const;

  // When the file's first message was stored, ms since 1970; nullopt: it does not begin with one.
  IoResult<std::optional<std::int64_t>> first_stored_at(const File& file) const;
  // The newest file whose first message was stored by then, as Apache's broker chooses where it reads on.
  IoResult<api::LogOffset> begin_by_time(std::int64_t ms) const;

 private:
  explicit LogRow(FileSystem& disk) : disk_(&disk) {}

  IoResult<void> find_in(const std::filesystem::path& directory, const api::StoreTools::Found& found);
  IoResult<void> leave_out_unfinished(std::int64_t file_size, const api::StoreTools::Found& found);
  void check(const api::StoreTools::Found& found) const;

  FileSystem* disk_;
  std::vector<File> files_;  // by their start
};

}  // namespace gantry::store
