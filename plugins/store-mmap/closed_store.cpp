#include "plugins/store-mmap/closed_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace gantry::store {
namespace {

// As recovery has it: Apache's times are a little ahead of what it had synced.
constexpr std::int64_t kMarginMs = 3000;

api::Refusal refusal(const IoError& error) {
  return {.text = error.text};
}

api::Result<std::unique_ptr<File>> hold(FileSystem& disk, const std::filesystem::path& root) {
  auto held = disk.lock_for_reading(root / "lock");
  if (held) return std::move(*held);
  if (held.error().number == ENOENT) return std::unique_ptr<File>();
  if (held.error().number != EAGAIN) return refusal(held.error());
  return api::Refusal{.text = "the store directory " + root.string() + " is in use: " + held.error().text +
                              ". Stop that broker first, or look into a copy of the directory"};
}

IoResult<bool> is_a_store(FileSystem& disk, const std::filesystem::path& root,
                          const std::vector<std::filesystem::path>& log_directories) {
  constexpr std::array<const char*, 3> kSigns{"lock", "checkpoint", "consumequeue"};
  std::vector<std::filesystem::path> signs = log_directories;
  for (const char* sign : kSigns) signs.push_back(root / sign);
  for (const auto& sign : signs) {
    auto there = disk.exists(sign);
    if (!there || *there) return there;
  }
  return false;
}

}  // namespace

api::Result<ClosedStore> ClosedStore::look(FileSystem& disk, const std::filesystem::path& root,
                                           const StoreLayout& layout, const api::StoreTools::Found& found) {
  std::vector<std::filesystem::path> log_directories;
  log_directories.reserve(std::max<std::size_t>(layout.commit_log_dirs.size(), 1));
  for (const std::string& directory : layout.commit_log_dirs) log_directories.push_back(root / directory);
  if (log_directories.empty()) log_directories.push_back(root / "commitlog");
  auto is_one = is_a_store(disk, root, log_directories);
  if (!is_one) return refusal(is_one.error());
  if (!*is_one)
    return api::Refusal{.text = root.string() + " is no store directory: it has no " +
                                log_directories.front().filename().string() +
                                ", no consumequeue, no checkpoint and no lock"};
  auto lock = hold(disk, root);
  if (!lock) return lock.error();
  auto log = LogRow::find(disk, log_directories, layout.commit_log_file_size, found);
  if (!log) return refusal(log.error());
  ClosedStore store(disk, root, std::move(*lock), std::move(*log));
  if (auto read = store.read_marks(); !read) return refusal(read.error());
  return store;
}

IoResult<void> ClosedStore::read_marks() {
  auto last_exit = AbortMark(*disk_, root_).last_exit();
  if (!last_exit) return last_exit.error();
  last_exit_ = *last_exit;
  auto checkpoint = CheckpointFile(*disk_, root_ / "checkpoint").read();
  if (!checkpoint) return checkpoint.error();
  checkpoint_ = std::move(*checkpoint);
  if (checkpoint_.claims) {
    const auto least = std::min(checkpoint_.claims->queues_to, checkpoint_.claims->flushed_to);
    read_from_ = std::max(least, log_.first());
    return {};
  }
  auto begin = log_.begin_by_time(
      std::max<std::int64_t>(0, std::min(checkpoint_.times.log, checkpoint_.times.queues) - kMarginMs));
  if (!begin) return begin.error();
  read_from_ = *begin;
  return {};
}

bool ClosedStore::closed_cleanly() const {
  return last_exit_ == LastExit::clean && checkpoint_.claims && checkpoint_.claims->clean;
}

bool ClosedStore::has_whole_records() const {
  return closed_cleanly() || (last_exit_ == LastExit::clean && !checkpoint_.claims);
}

api::LogOffset ClosedStore::durable_to() const {
  return checkpoint_.claims ? checkpoint_.claims->flushed_to : read_from_;
}

}  // namespace gantry::store
