// When the oldest files of the commit log go. Decisions only: retention_job.h carries them out.
//
// As Apache's broker has it: files older than `age` go in the given hours, or at any time once the disk is
// fuller than `warn_percent`, or when an operator asks; above `force_percent` the oldest go whatever their
// age; above `refuse_percent` sends are refused besides. Whether anyone has consumed does not matter.
// Thread: any.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace gantry::store {

struct RetentionSettings {
  std::chrono::milliseconds age = std::chrono::hours(72);
  std::vector<int> hours{4};  // local time, 0 to 23; each lasts the whole hour
  int warn_percent = 75;      // Apache's diskMaxUsedSpaceRatio
  int force_percent = 85;
  int refuse_percent = 90;
  bool force = true;  // false: files younger than `age` stay, whatever the disk
  int most_files_per_round = 10;
};

enum class DiskLevel : std::uint8_t {
  fine,
  warn,    // expired files go at any hour
  force,   // files go whatever their age, if settings allow; no new files in that directory if there is
           // another
  refuse,  // and sends are refused
};

// Whole percent of what this process could have, rounded up as Apache does: 90.01 is 91.
int percent_used(const FileSystem::Space& space);
DiskLevel level_of(int percent, const RetentionSettings& settings);
DiskLevel level_of(const FileSystem::Space& space, const RetentionSettings& settings);
// The same for a disk that was at `before`: a level is left only once the use is kSlack below its bound, or
// sends would be refused and taken by turns at the bound.
DiskLevel level_of(int percent, DiskLevel before, const RetentionSettings& settings);
inline constexpr int kSlack = 1;

// Bytes that must go until the use is at force_percent; 0 when it is.
std::int64_t over_force(const FileSystem::Space& space, const RetentionSettings& settings);

// The hour of the day where the broker is.
using LocalHour = std::function<int(std::chrono::system_clock::time_point)>;
int local_hour(std::chrono::system_clock::time_point when);
// Whether it is one of `hours`. One that summer time leaves out counts as the hour after it, so that a day
// never goes by without its turn.
bool hour_has_come(std::chrono::system_clock::time_point now, const std::vector<int>& hours,
                   const LocalHour& hour_of);

struct LogFileInfo {
  api::LogOffset start{};
  api::LogOffset end{};
  std::int64_t modified = 0;  // ms since 1970
};

struct RetentionRound {
  std::int64_t now = 0;      // ms since 1970
  bool at_the_hour = false;  // see hour_has_come()
  bool by_hand = false;      // an operator asks for what is expired to go now
  DiskLevel level = DiskLevel::fine;
  // Bytes that must go at level `force`; nullopt: nobody knows, so one file goes, and then we look again.
  std::optional<std::int64_t> over{};
  api::LogOffset keep_from{};  // see below
};

// How many of the files go now, the oldest first. Never one that reaches behind `keep_from`, which is the
// least of: the log's end, what is flushed, and what the checkpoint says of queues: entries that recovery
// would have to make again from a file that is gone would be numbered anew. Never the last one either.
std::size_t files_to_remove(std::span<const LogFileInfo> files, const RetentionRound& round,
                            const RetentionSettings& settings);

}  // namespace gantry::store
