#include "plugins/store-mmap/retention.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace gantry::store {
namespace {

constexpr int kHoursOfDay = 24;

// Network file systems claim exabytes, and a hundred times that is more than an integer has room for.
long double bytes_in_all(const FileSystem::Space& space) {
  return static_cast<long double>(space.used) + static_cast<long double>(space.available);
}

}  // namespace

int percent_used(const FileSystem::Space& space) {
  const long double all = bytes_in_all(space);
  return all > 0 ? static_cast<int>(std::ceil(100 * static_cast<long double>(space.used) / all)) : 0;
}

DiskLevel level_of(int percent, const RetentionSettings& settings) {
  if (percent > settings.refuse_percent) return DiskLevel::refuse;
  if (percent > settings.force_percent) return DiskLevel::force;
  if (percent > settings.warn_percent) return DiskLevel::warn;
  return DiskLevel::fine;
}

DiskLevel level_of(const FileSystem::Space& space, const RetentionSettings& settings) {
  return level_of(percent_used(space), settings);
}

DiskLevel level_of(int percent, DiskLevel before, const RetentionSettings& settings) {
  const DiskLevel now = level_of(percent, settings);
  return now >= before ? now : std::min(before, level_of(percent + kSlack, settings));
}

std::int64_t over_force(const FileSystem::Space& space, const RetentionSettings& settings) {
  const long double allowed = std::floor(bytes_in_all(space) * settings.force_percent / 100);
  return std::max<std::int64_t>(space.used - static_cast<std::int64_t>(allowed), 0);
}

int local_hour(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return local.tm_hour;
}

bool hour_has_come(std::chrono::system_clock::time_point now, const std::vector<int>& hours,
                   const LocalHour& hour_of) {
  const int hour = hour_of(now);
  const int before = hour_of(now - std::chrono::hours(1));
  if (std::ranges::find(hours, hour) != hours.end()) return true;
  if (before == hour) return false;  // the clock was put back
  for (int skipped = (before + 1) % kHoursOfDay; skipped != hour; skipped = (skipped + 1) % kHoursOfDay)
    if (std::ranges::find(hours, skipped) != hours.end()) return true;
  return false;
}

std::size_t files_to_remove(std::span<const LogFileInfo> files, const RetentionRound& round,
                            const RetentionSettings& settings) {
  const bool forced = settings.force && round.level >= DiskLevel::force;
  const bool expired_go = round.at_the_hour || round.by_hand || round.level >= DiskLevel::warn;
  const auto most = static_cast<std::size_t>(std::max(settings.most_files_per_round, 0));
  std::int64_t freed = 0;
  std::size_t count = 0;
  while (count + 1 < files.size() && count < most) {
    const LogFileInfo& file = files[count];
    const bool expired = round.now - file.modified >= settings.age.count();
    const bool needed = forced && freed < round.over.value_or(1);
    if (file.end > round.keep_from || !((expired_go && expired) || needed)) break;
    freed += file.end - file.start;
    ++count;
  }
  return count;
}

}  // namespace gantry::store
