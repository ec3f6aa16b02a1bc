#include "plugins/store-mmap/log_files.h"

#include "plugins/store-mmap/planted.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <span>
#include <utility>

namespace gantry::store {
namespace {

constexpr std::size_t kNameDigits = 20;
// Twice what a disk could ever hold, and far enough from the end of 64 bits to count on from there.
constexpr std::int64_t kFarthestStart = std::int64_t{1} << 62;
constexpr std::int64_t kShortest = 4096;

IoError misplaced(const std::filesystem::path& path, const std::string& why) {
  return {EINVAL, path.string() + ": " + why};
}

IoResult<bool> only_zeros(File& file, std::int64_t size) {
  std::vector<char> chunk(std::size_t{256} << 10);
  for (std::int64_t at = 0; at < size;) {
    auto read = file.read(at, chunk);
    if (!read) return read.error();
    if (*read == 0) break;
    const auto bytes = std::span(chunk).first(*read);
    if (!std::ranges::all_of(bytes, [](char byte) { return byte == '\0'; })) return false;
    at += static_cast<std::int64_t>(*read);
  }
  return true;
}

}  // namespace

std::string log_file_name(std::int64_t start) {
  const std::string digits = std::to_string(start);
  return std::string(kNameDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> parse_log_file_name(std::string_view name) {
  if (name.size() != kNameDigits) return std::nullopt;
  std::int64_t start = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), start);
  if (error != std::errc() || end != name.data() + name.size() || start < 0) return std::nullopt;
  if (start > kFarthestStart) return std::nullopt;
  return start;
}

IoResult<File*> LogFile::file() {
  const auto there = [this] {
    const std::lock_guard lock(mutex_);
    return file_.get();
  };
  if (File* file = there()) return file;
  const std::lock_guard one(making_);
  if (File* file = there()) return file;
  auto opened = files_.open(path_, FileSystem::Open::write);
  if (!opened) return opened.error();
  const std::lock_guard lock(mutex_);
  file_ = std::move(*opened);
  return file_.get();
}

IoResult<void> LogFile::sync() {
  auto opened = file();
  if (!opened) return opened.error();
  const std::lock_guard one(syncing_);
  {
    const std::lock_guard lock(mutex_);
    if (sync_failed_) return *sync_failed_;
  }
  auto synced = (*opened)->sync();
  if (!synced && planted(Planted::failed_sync_retried)) synced = (*opened)->sync();
  if (synced) return {};
  const std::lock_guard lock(mutex_);
  sync_failed_ = synced.error();
  return synced;
}

bool LogFile::sync_failed() const {
  const std::lock_guard lock(mutex_);
  return sync_failed_.has_value();
}

IoResult<std::shared_ptr<const Mapping>> LogFile::mapping() {
  auto opened = file();
  if (!opened) return opened.error();
  if (auto there = mapped()) return there;
  const std::lock_guard one(making_);
  if (auto there = mapped()) return there;
  auto now = (*opened)->size();
  if (!now) return now.error();
  if (*now < size_)
    return IoError{EIO, path_.string() + " has become shorter: " + std::to_string(*now) + " bytes"};
  auto made = (*opened)->map();
  if (!made) return made.error();
  const std::lock_guard lock(mutex_);
  mapping_ = *made;
  return std::move(*made);
}

std::shared_ptr<const Mapping> LogFile::mapped() const {
  const std::lock_guard lock(mutex_);
  return mapping_ && !mapping_->failed() ? mapping_ : nullptr;
}

void LogFile::unmap() {
  std::shared_ptr<const Mapping> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(mapping_);
}

IoResult<void> LogFiles::open(std::vector<std::string>& warnings) {
  for (const auto& directory : settings_.directories) {
    if (auto made = make_durably(directory); !made) return made.error();
    if (auto found = find_in(directory, warnings); !found) return found.error();
  }
  // Their names, too: who made the last one may have been killed before he came to that, or failed.
  if (auto synced = sync_directories(); !synced) return synced;
  std::ranges::sort(row_, {}, [](const auto& file) { return file->start(); });
  if (auto dropped = drop_unfinished(warnings); !dropped) return dropped;
  if (auto checked = check_row(); !checked) return checked.error();
  if (!row_.empty()) settings_.file_size = row_.front()->size();
  row_changed();
  return {};
}

// With its name and that of the directory it is in, or a power cut would take the log away as a whole.
IoResult<void> LogFiles::make_durably(const std::filesystem::path& directory) {
  auto made = files_.make_directories(directory);
  const auto parent = directory.parent_path();
  if (made) made = files_.sync_directory(parent);
  if (made && parent.has_parent_path()) made = files_.sync_directory(parent.parent_path());
  return made;
}

IoResult<void> LogFiles::find_in(const std::filesystem::path& directory, std::vector<std::string>& warnings) {
  auto entries = files_.list(directory);
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    const auto start = parse_log_file_name(entry.name);
    if (entry.directory || !start) {
      warnings.push_back((directory / entry.name).string() +
                         " is no file of the commit log and was left alone; Apache's broker would refuse to "
                         "start with it there");
      continue;
    }
    row_.push_back(
        std::make_shared<LogFile>(files_, directory / entry.name, api::LogOffset{*start}, entry.size));
  }
  return {};
}

// The last file, when a crash left it while it was being made: too short, and nothing in it.
IoResult<void> LogFiles::drop_unfinished(std::vector<std::string>& warnings) {
  if (row_.empty()) return {};
  const auto last = row_.back();
  if (last->size() >= (row_.size() > 1 ? row_.front()->size() : settings_.file_size)) return {};
  auto file = last->file();
  if (!file) return file.error();
  auto empty = only_zeros(**file, last->size());
  if (!empty) return empty.error();
  if (!*empty) return {};
  warnings.push_back(last->path().string() + " was not made to the end and held nothing: it was removed");
  row_.pop_back();
  return remove_in_order(*last);
}

IoResult<void> LogFiles::check_row() const {
  for (std::size_t i = 0; i < row_.size(); ++i) {
    const LogFile& file = *row_[i];
    if (file.size() <= 0)
      return misplaced(file.path(),
                       "is empty: a file of the commit log has its full length from the start. If "
                       "it is the last one and holds nothing, remove it");
    if (file.size() < kShortest)
      return misplaced(file.path(),
                       "is " + std::to_string(file.size()) +
                           " bytes long, too short for a file of the commit log. Bring it back from "
                           "a copy; if what was in it is not needed, remove it");
    if (file.size() != row_.front()->size())
      return misplaced(file.path(), "is " + std::to_string(file.size()) + " bytes long, and " +
                                        row_.front()->path().string() + " is " +
                                        std::to_string(row_.front()->size()) +
                                        ": all files of the commit log have one length. Bring it back "
                                        "from a copy");
    if (i > 0 && file.start() != row_[i - 1]->end())
      return misplaced(file.path(), "does not follow " + row_[i - 1]->path().string() + ": " +
                                        log_file_name(row_[i - 1]->end().value) +
                                        " is missing. Bring it back from a copy, or move all files in front "
                                        "of the gap elsewhere to give up the messages in them");
  }
  return {};
}

void LogFiles::row_changed() {
  if (!row_.empty()) first_.store(row_.front()->start().value, std::memory_order_release);
}

std::vector<std::shared_ptr<LogFile>> LogFiles::all() const {
  const std::lock_guard lock(mutex_);
  return row_;
}

std::shared_ptr<LogFile> LogFiles::holding(api::LogOffset at) const {
  const std::lock_guard lock(mutex_);
  if (row_.empty() || at < row_.front()->start() || at >= row_.back()->end()) return nullptr;
  return row_[static_cast<std::size_t>((at - row_.front()->start()) / settings_.file_size)];
}

api::LogOffset LogFiles::end() const {
  const std::lock_guard lock(mutex_);
  return row_.empty() ? first() : row_.back()->end();
}

// By turns, as Apache's broker takes them: by name, and those that are full only when all are.
std::filesystem::path LogFiles::path_for(api::LogOffset start) const {
  std::vector<std::filesystem::path> candidates = settings_.directories;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(candidates,
                  [this](const auto& one) { return std::ranges::find(full_, one) != full_.end(); });
  }
  if (candidates.empty()) candidates = settings_.directories;
  std::ranges::sort(candidates);
  const auto turn = static_cast<std::size_t>(start.value / settings_.file_size);
  return candidates[turn % candidates.size()] / log_file_name(start.value);
}

IoResult<std::shared_ptr<LogFile>> LogFiles::add(api::LogOffset start) {
  const std::lock_guard one(at_the_end_);
  if (auto there = holding(start)) return there;  // somebody was faster
  if (const bool leaves_gap = !all().empty() && start != end(); leaves_gap || start < first())
    return IoError{ENOENT, path_for(start).string() + " is not made: the log goes on at " +
                               std::to_string(end().value) + " by now"};
  auto added = std::make_shared<LogFile>(files_, path_for(start), start, settings_.file_size);
  auto file = files_.open(added->path(), FileSystem::Open::create);
  if (!file) return file.error();
  IoResult<void> done = (*file)->allocate(settings_.file_size);
  if (done) done = (*file)->sync();
  if (done && !planted(Planted::name_not_synced)) done = files_.sync_directory(added->path().parent_path());
  if (!done) {
    static_cast<void>(files_.remove(added->path()));  // a short file would stop Apache's broker
    return done.error();
  }
  const std::lock_guard lock(mutex_);
  row_.push_back(added);
  row_changed();
  return added;
}

IoResult<void> LogFiles::remove_first() {
  std::shared_ptr<LogFile> gone;
  {
    const std::lock_guard lock(mutex_);
    if (row_.size() < 2) return {};
    gone = row_.front();
    row_.erase(row_.begin());
    std::erase(mapped_, gone);
    row_changed();
  }
  auto removed = remove_in_order(*gone);
  if (!removed && still_there(gone->path())) {
    // Still a part of the log: once the next one went, it would be cut off by a gap.
    const std::lock_guard lock(mutex_);
    row_.insert(row_.begin(), gone);
    row_changed();
    return removed;
  }
  gone->unmap();
  return removed;
}

// Once the one removed before it is certainly gone: should a power cut bring that back, there is no gap.
IoResult<void> LogFiles::remove_in_order(const LogFile& file) {
  if (auto synced = sync_directories(); !synced) return synced;
  return files_.remove(file.path());
}

IoResult<void> LogFiles::sync_directories() {
  for (const auto& directory : settings_.directories) {
    if (auto synced = files_.sync_directory(directory); !synced) return synced;
  }
  return {};
}

bool LogFiles::still_there(const std::filesystem::path& path) const {
  const auto there = files_.exists(path);
  return !there || *there;
}

void LogFiles::avoid(std::vector<std::filesystem::path> full) {
  const std::lock_guard lock(mutex_);
  full_ = std::move(full);
}

IoResult<void> LogFiles::remove_from(api::LogOffset from) {
  const std::lock_guard one(at_the_end_);
  std::vector<std::shared_ptr<LogFile>> gone;
  {
    const std::lock_guard lock(mutex_);
    while (!row_.empty() && row_.back()->start() >= from) {
      gone.push_back(row_.back());
      std::erase(mapped_, row_.back());
      row_.pop_back();
    }
  }
  // From the back: whenever this is cut short, what is left has no gap.
  for (const auto& file : gone) {
    file->unmap();
    if (auto removed = remove_in_order(*file); !removed) return removed;
  }
  return gone.empty() ? IoResult<void>() : sync_directories();
}

void LogFiles::was_read(const std::shared_ptr<LogFile>& file) {
  std::shared_ptr<LogFile> let_go;
  {
    const std::lock_guard lock(mutex_);
    if (mapped_.empty() || mapped_.back() != file) {
      std::erase(mapped_, file);
      mapped_.push_back(file);
      if (mapped_.size() > settings_.mapped) {
        let_go = mapped_.front();
        mapped_.erase(mapped_.begin());
      }
    }
  }
  if (let_go) let_go->unmap();
}

IoResult<std::shared_ptr<const Mapping>> LogFiles::map(const std::shared_ptr<LogFile>& file) {
  was_read(file);
  return file->mapping();
}

std::shared_ptr<const Mapping> LogFiles::mapped(const std::shared_ptr<LogFile>& file) {
  auto there = file->mapped();
  if (there) was_read(file);
  return there;
}

}  // namespace gantry::store
