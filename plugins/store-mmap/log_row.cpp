#include "plugins/store-mmap/log_row.h"

#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/log_scan.h"
#include "plugins/store-mmap/look_behind.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace gantry::store {
namespace {

using Weight = api::StoreFinding::Weight;

std::string bytes_of_the_log(api::LogOffset from, api::LogOffset to) {
  return "the messages of bytes " + std::to_string(from.value) + " to " + std::to_string(to.value) +
         " of the log";
}

}  // namespace

IoResult<LogRow> LogRow::find(FileSystem& disk, const std::vector<std::filesystem::path>& directories,
                              std::int64_t file_size, const api::StoreTools::Found& found) {
  LogRow row(disk);
  for (const auto& directory : directories) {
    if (auto listed = row.find_in(directory, found); !listed) return listed.error();
  }
  std::ranges::stable_sort(row.files_, {}, &File::start);
  if (auto done = row.leave_out_unfinished(file_size, found); !done) return done.error();
  row.check(found);
  return row;
}

IoResult<void> LogRow::find_in(const std::filesystem::path& directory, const api::StoreTools::Found& found) {
  auto entries = disk_->list(directory);
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    const auto start = parse_log_file_name(entry.name);
    if (entry.directory || !start) {
      found({.weight = Weight::harmless,
             .file = directory / entry.name,
             .what = "is no file of the commit log; Apache's broker would refuse to start with it there"});
    } else {
      files_.push_back({directory / entry.name, api::LogOffset{*start}, entry.size});
    }
  }
  return {};
}

// The last file, when a crash left it while it was being made: too short, and nothing in it.
IoResult<void> LogRow::leave_out_unfinished(std::int64_t file_size, const api::StoreTools::Found& found) {
  if (files_.empty()) return {};
  const File& last = files_.back();
  if (last.size >= (files_.size() > 1 ? files_.front().size : file_size)) return {};
  auto file = disk_->open(last.path, FileSystem::Open::read);
  if (!file) return file.error();
  const LogScan::Step beginning{.kind = LogScan::Kind::bad, .at = last.start, .end = last.start};
  auto behind = look_behind(**file, last.start, last.size, beginning);
  if (!behind) return behind.error();
  if (!behind->only_zeros) return {};
  found({.weight = Weight::mended,
         .file = last.path,
         .at = last.size,
         .what = "was not made to the end and holds nothing; the next start removes it"});
  files_.pop_back();
  return {};
}

void LogRow::check(const api::StoreTools::Found& found) const {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const File& file = files_[i];
    if (file.size != files_.front().size || file.size == 0)
      found({.file = file.path,
             .at = file.size,
             .what = "is " + std::to_string(file.size) + " bytes long, and " + files_.front().path.string() +
                     " is " + std::to_string(files_.front().size) +
                     ": all files of the commit log have one length. The store does not start like this",
             .affected = bytes_of_the_log(file.start, file.start + files_.front().size)});
    if (i == 0) continue;
    const File& before = files_[i - 1];
    if (file.start > before.end())
      found({.file = before.path.parent_path() / log_file_name(before.end().value),
             .what = "is missing. The store does not start like this",
             .affected = bytes_of_the_log(before.end(), file.start)});
    if (file.start < before.end())
      found({.file = file.path,
             .what = "overlaps " + before.path.string() + ". The store does not start like this"});
  }
}

std::size_t LogRow::holding(api::LogOffset at) const {
  const auto file = std::ranges::find_if(files_, [&](const File& one) { return one.end() > at; });
  return static_cast<std::size_t>(file - files_.begin());
}

IoResult<std::optional<std::int64_t>> LogRow::first_stored_at(const File& file) const {
  auto opened = disk_->open(file.path, FileSystem::Open::read);
  if (!opened) return opened.error();
  LogScan scan(**opened, file.start, file.size, false);
  auto step = scan.next();
  if (!step) return step.error();
  if (step->kind != LogScan::Kind::record) return std::optional<std::int64_t>();
  return std::optional(step->record->store_timestamp());
}

IoResult<api::LogOffset> LogRow::begin_by_time(std::int64_t ms) const {
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    auto stored = first_stored_at(*file);
    if (!stored) return stored.error();
    if (*stored && **stored != 0 && **stored <= ms) return file->start;
  }
  return first();
}

}  // namespace gantry::store
