#include "plugins/store-mmap/retention_job.h"

#include "plugins/store-mmap/planted.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace gantry::store {
namespace {

std::int64_t milliseconds(std::chrono::system_clock::time_point when) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

IoResult<std::vector<LogFileInfo>> look_at_files(const LogFiles& log, FileSystem& files) {
  std::map<std::filesystem::path, std::int64_t> modified;
  for (const auto& directory : log.directories()) {
    auto entries = files.list(directory);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) modified[directory / entry.name] = entry.modified;
  }
  std::vector<LogFileInfo> infos;
  for (const auto& file : log.all()) {
    const auto found = modified.find(file->path());
    if (found == modified.end()) break;  // gone, whoever took it: what is behind it must wait
    infos.push_back({.start = file->start(), .end = file->end(), .modified = found->second});
  }
  return infos;
}

// nullopt: another disk than the log's decides, and nobody knows what would help there.
IoResult<std::optional<std::int64_t>> how_far_over(const LogFiles& log, FileSystem& files,
                                                   const DiskState& disk, const RetentionSettings& settings) {
  if (std::ranges::find(log.directories(), disk.directory) == log.directories().end())
    return std::optional<std::int64_t>();
  auto space = files.space(disk.directory);
  if (!space) return space.error();
  return std::optional(over_force(*space, settings));
}

}  // namespace

IoResult<std::size_t> retire(LogFiles& log, FileSystem& files, const api::Clock& clock, const DiskState& disk,
                             api::LogOffset keep_from, const RetentionSettings& settings,
                             const RetireWhen& when) {
  RetentionRound round{.now = milliseconds(clock.date()),
                       .at_the_hour = hour_has_come(clock.date(), settings.hours, when.hour_of),
                       .by_hand = when.by_hand,
                       .level = disk.level,
                       .keep_from = keep_from};
  if (disk.level >= DiskLevel::force) {
    auto over = how_far_over(log, files, disk, settings);
    if (!over) return over.error();
    round.over = *over;
  }
  auto infos = look_at_files(log, files);
  if (!infos) return infos.error();
  const std::size_t count = files_to_remove(*infos, round, settings);
  const auto oldest = log.all();
  const std::size_t going = count + (count > 0 && planted(Planted::removes_one_file_too_many) ? 1 : 0);
  for (std::size_t i = 0; i < going; ++i) {
    if (auto removed = log.remove_first(); !removed) return removed.error();
    // One after the other, or a power cut might bring an older one back than the one that stays gone.
    if (auto synced = files.sync_directory(oldest[i]->path().parent_path()); !synced) return synced.error();
  }
  return count;
}

}  // namespace gantry::store
