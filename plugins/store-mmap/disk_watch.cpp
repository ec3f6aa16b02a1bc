#include "plugins/store-mmap/disk_watch.h"

#include <algorithm>
#include <utility>

namespace gantry::store {
namespace {

std::string percent_text(int percent) {
  return std::to_string(percent) + " %";
}

std::string fullness(const DiskState& state) {
  return "the disk of " + state.directory.string() + " is " + percent_text(state.percent) + " full";
}

std::string above(std::string_view option, int percent) {
  return ", above " + std::string(option) + " = " + std::to_string(percent);
}

std::string which_files_go(const RetentionSettings& settings) {
  return settings.force ? "The oldest files of the log go now whatever their age (force_clean)"
                        : "Files of the log younger than retention_age stay, because force_clean is off";
}

std::string remedy(const RetentionSettings& settings) {
  return std::string("Free space on that disk, or ") +
         (settings.force ? "lower retention_age" : "lower retention_age or switch force_clean on") + ".";
}

std::string what_happens(const DiskChange& change, const RetentionSettings& settings) {
  switch (change.state.level) {
    case DiskLevel::refuse:
      return above("disk_refuse_percent", settings.refuse_percent) + ": sends are refused, reads go on. " +
             which_files_go(settings) + ". Sends are taken again by themselves at " +
             percent_text(settings.refuse_percent - kSlack) + ". " + remedy(settings);
    case DiskLevel::force:
      return above("disk_force_percent", settings.force_percent) + ". " + which_files_go(settings) +
             "; sends are refused above " + percent_text(settings.refuse_percent) + ". " + remedy(settings);
    case DiskLevel::warn:
      return above("disk_warn_percent", settings.warn_percent) +
             ": files of the log older than retention_age go at any hour.";
    case DiskLevel::fine:
      return ": files of the log go by retention_age, at retention_hours.";
  }
  return {};
}

}  // namespace

DiskWatch::DiskWatch(FileSystem& files, Lanes& lanes, Settings settings, Listener listener)
    : files_(files), lanes_(lanes), settings_(std::move(settings)), listener_(std::move(listener)) {
}

void DiskWatch::start() {
  look();
  look_again();
}

void DiskWatch::look_again() {
  lanes_.post_after(Lane::housekeeping, settings_.interval, [this] {
    look();
    look_again();
  });
}

DiskState DiskWatch::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

IoResult<DiskWatch::Measured> DiskWatch::measure(const std::filesystem::path& directory) const {
  auto space = files_.space(directory);
  if (!space) return space.error();
  return Measured{.directory = directory, .space = *space, .percent = percent_used(*space)};
}

DiskWatch::Look DiskWatch::measure_all(const DiskState& before) const {
  const RetentionSettings& settings = settings_.retention;
  Look look{.state = {.level = before.level, .directory = before.directory, .percent = before.percent}};
  std::optional<Measured> roomiest;
  for (const auto& directory : settings_.log_directories) {
    auto measured = measure(directory);
    if (!measured) look.error = measured.error();
    if (!measured || measured->percent > settings.force_percent) look.state.full.push_back(directory);
    if (measured && (!roomiest || measured->percent < roomiest->percent)) roomiest = std::move(*measured);
  }
  auto queues = measure(settings_.queue_directory);
  if (!queues) look.error = queues.error();

  const bool queues_decide = queues && (!roomiest || queues->percent > roomiest->percent);
  if (!queues_decide && !roomiest) return look;
  const Measured& decides = queues_decide ? *queues : *roomiest;
  look.state.directory = decides.directory;
  look.state.percent = decides.percent;
  look.state.level = level_of(decides.percent, before.level, settings);
  // What could not be asked may be as full as it was.
  if (look.error) look.state.level = std::max(look.state.level, before.level);
  return look;
}

void DiskWatch::look() {
  const DiskState before = state();
  const Look now = measure_all(before);
  {
    const std::lock_guard lock(mutex_);
    state_ = now.state;
  }
  const bool measured = !now.error;
  const bool was_measured = std::exchange(measured_, measured);
  if (now.state.level == before.level && measured == was_measured) return;

  DiskChange change{.state = now.state, .before = before.level, .measured = measured};
  change.cause = fullness(now.state);
  if (now.state.level == before.level && !measured)
    change.sentence = "cannot tell how full a disk of the store is: " + now.error->text +
                      ". Until it can, the store goes by what was known before.";
  else
    change.sentence = change.cause + what_happens(change, settings_.retention);
  if (before.level == DiskLevel::refuse && now.state.level != DiskLevel::refuse)
    change.sentence += " Sends are taken again.";
  listener_(change);
}

}  // namespace gantry::store
