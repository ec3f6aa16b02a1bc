#include "plugins/store-mmap/queue_scan.h"

#include "plugins/store-mmap/log_files.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

namespace gantry::store {
namespace {

constexpr auto kSize = static_cast<std::int64_t>(QueueEntry::kSize);
constexpr std::int64_t kPage = 4096;
constexpr std::int64_t kBlock = kPage / kSize;

bool real(const QueueEntry& entry) {
  return entry.written() && !entry.filler();
}

// What is left of a filler that was not written whole looks like an entry that points at the log's beginning.
// Its front alone has a size that no message has. Its back alone needs the end of a sector in the middle: not
// the first one of a file. (A real entry of that very size that points there is taken for it; it would have
// to be the log's first message, in a queue that does not begin at 0.)
bool torn_filler(const QueueEntry& entry, bool first_of_file) {
  constexpr std::int32_t kNoMessage = 0x7F000000;
  constexpr std::array<std::int32_t, 3> kBacks{0xFFFFFF, 0xFFFF, 0xFF};
  if (entry.at.value != 0 || entry.tags_code != 0) return false;
  return entry.size >= kNoMessage ||
         (!first_of_file && std::ranges::find(kBacks, entry.size) != kBacks.end());
}

template <class Predicate>
std::int64_t first_not(std::int64_t from, std::int64_t to, Predicate holds) {
  while (from < to) {
    const std::int64_t middle = from + (to - from) / 2;
    if (holds(middle)) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

struct NumberedFile {
  std::int64_t start = 0;
  std::int64_t size = 0;
  std::filesystem::path path;
};

// The entries of one file, and which of them count. What cannot be read counts as not written, and failed()
// says so.
class FileEntries {
 public:
  FileEntries(std::unique_ptr<File> file, std::int64_t count, bool first_file,
              std::optional<api::LogOffset> durable_to)
      : file_(std::move(file)), count_(count), first_file_(first_file), durable_to_(durable_to) {}

  File& file() { return *file_; }
  const std::optional<IoError>& failed() const { return failed_; }
  std::int64_t count() const { return count_; }

  QueueEntry at(std::int64_t i) {
    if (i < from_ || i >= to_) load(i);
    return QueueEntry::decode(block_.data() + (i - from_) * kSize);
  }

  // How many entries at the beginning are filler, which only a queue's first file has.
  std::int64_t filler() {
    if (!first_file_ || !at(0).filler()) return 0;
    const auto is_filler = [this](std::int64_t i) { return at(i).filler(); };
    std::int64_t end = first_not(1, count_, is_filler);
    if (end < count_ && counts(end, end)) return end;
    // No entry follows that vouches for it: what is there of it may have gaps.
    for (end = 1; end < count_ && is_filler(end);) ++end;
    return end;
  }

  // Where entries cease to count that count from `begin` on.
  std::int64_t end(std::int64_t begin) {
    const auto good = [&](std::int64_t i) { return counts(i, begin); };
    const std::int64_t look_at_each = durable_to_ ? std::min(kBlock, count_) : count_;
    std::int64_t i = begin;
    while (i < look_at_each && good(i)) ++i;
    return i < look_at_each ? i : first_not(i, count_, good);
  }

  // Entry i and the one before it: half an entry, which a power cut may leave, points anywhere, but hardly
  // behind its neighbour and before what is claimed.
  bool counts(std::int64_t i, std::int64_t begin) {
    const QueueEntry entry = at(i);
    if (!real(entry) || (durable_to_ && entry.end() > *durable_to_)) return false;
    if (i == 0 || i == begin) return !torn_filler(entry, i == 0);
    const QueueEntry before = at(i - 1);
    return real(before) && before.end() <= entry.at;
  }

 private:
  // The block that was read last is kept: neighbours cost one read.
  void load(std::int64_t i) {
    block_.fill(0);
    from_ = i / kBlock * kBlock;
    to_ = std::min(from_ + kBlock, count_);
    const auto bytes = static_cast<std::size_t>((to_ - from_) * kSize);
    if (auto got = file_->read(from_ * kSize, std::span(block_).first(bytes)); !got) {
      failed_ = got.error();
      block_.fill(0);
    }
  }

  std::unique_ptr<File> file_;
  const std::int64_t count_;
  const bool first_file_;
  const std::optional<api::LogOffset> durable_to_;
  std::optional<IoError> failed_;
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
  std::array<char, kPage> block_{};
};

// One scan of one directory.
class Scan {
 public:
  Scan(const QueueScan& settings, const std::filesystem::path& directory, std::int64_t file_size,
       std::vector<std::string>& warnings)
      : settings_(settings), disk_(settings.disk), directory_(directory), warnings_(warnings) {
    found_.file_size = file_size;
  }

  IoResult<std::optional<FoundQueue>> run() {
    if (auto listed = list(); !listed) return listed.error();
    if (files_.empty()) return std::optional(found_);
    if (auto why = check_sizes(); !why.empty()) return contradiction(why);
    auto last = settings_.durable_to ? last_durable_file() : last_file_of_apache();
    if (!last) return last.error();
    if (auto why = check_row(*last); !why.empty()) return contradiction(why);
    if (auto whole = make_whole(*last); !whole) return whole.error();
    if (auto ended = find_end(*last); !ended) return ended.error();
    if (auto removed = remove_behind(*last); !removed) return removed.error();
    return std::optional(std::move(found_));
  }

 private:
  std::int64_t per_file() const { return found_.file_size / kSize; }

  IoResult<void> list() {
    auto entries = disk_.list(directory_);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      const auto start = parse_log_file_name(entry.name);
      if (!entry.directory && start) {
        files_.push_back({*start, entry.size, directory_ / entry.name});
      } else {
        warnings_.push_back((directory_ / entry.name).string() +
                            " is no file of a consume queue and was left alone; Apache's broker would refuse "
                            "to start with it there");
      }
    }
    return {};
  }

  // Why they are no files of one queue; empty: they are. A file of no length is one that a crash left while
  // it was being made.
  std::string check_sizes() {
    const auto some = std::ranges::find_if(files_, [](const auto& file) { return file.size > 0; });
    if (some != files_.end()) found_.file_size = some->size;
    if (found_.file_size % kSize != 0)
      return some->path.string() + " is " + std::to_string(some->size) +
             " bytes long, which is no multiple of an entry's 20";
    for (const auto& file : files_) {
      if (file.size != 0 && file.size != found_.file_size)
        return file.path.string() + " is " + std::to_string(file.size) + " bytes long, and " +
               some->path.string() + " is " + std::to_string(some->size);
      if (file.start % found_.file_size != 0)
        return file.path.string() + " does not begin at a multiple of its length, which is " +
               std::to_string(found_.file_size);
    }
    return {};
  }

  std::string check_row(std::size_t last) const {
    for (std::size_t i = 1; i <= last; ++i) {
      if (files_[i].start != files_[i - 1].start + found_.file_size)
        return (directory_ / log_file_name(files_[i - 1].start + found_.file_size)).string() + " is missing";
    }
    return {};
  }

  IoResult<std::optional<FoundQueue>> contradiction(const std::string& why) {
    warnings_.push_back(why + ": " + directory_.string() +
                        " is removed, and the queue is made again from the commit log");
    return std::optional<FoundQueue>();
  }

  IoResult<FileEntries> open(std::size_t i) {
    auto file = disk_.open(files_[i].path, FileSystem::Open::write);
    if (!file) return file.error();
    return FileEntries(std::move(*file), per_file(), i == 0, settings_.durable_to);
  }

  IoResult<bool> begins_well(std::size_t i) {
    auto entries = open(i);
    if (!entries) return entries.error();
    const bool counts = entries->counts(0, 0);
    if (entries->failed()) return *entries->failed();
    return counts;
  }

  // The last file of which the first entry counts; without one, the first file.
  IoResult<std::size_t> last_durable_file() { return last_that_begins_well(files_.size() - 1); }

  IoResult<std::size_t> last_that_begins_well(std::size_t i) {
    for (; i > 0; --i) {
      auto well = begins_well(i);
      if (!well) return well.error();
      if (*well) break;
    }
    return i;
  }

  // Where Apache's broker would end: from the third file from the end on, up to the first bad entry.
  IoResult<std::size_t> last_file_of_apache() {
    constexpr std::size_t kLooksAt = 3;
    auto last = last_that_begins_well(files_.size() - std::min(files_.size(), kLooksAt));
    if (!last) return last.error();
    std::size_t i = *last;
    while (i + 1 < files_.size() && files_[i + 1].start == files_[i].start + found_.file_size) {
      auto entries = open(i);
      if (!entries) return entries.error();
      const bool whole = entries->end(entries->filler()) == entries->count();
      if (entries->failed()) return *entries->failed();
      if (!whole) break;
      auto next = begins_well(i + 1);
      if (!next) return next.error();
      if (!*next) break;
      ++i;
    }
    return i;
  }

  IoResult<void> find_end(std::size_t last) {
    const auto first_of = [this](std::size_t i) { return files_[i].start / kSize; };
    auto entries = open(last);
    if (!entries) return entries.error();
    const std::int64_t filler = entries->filler();
    const std::int64_t end = entries->end(filler);
    found_.end = first_of(last) + end;
    if (end > filler) found_.last = entries->at(end - 1);
    found_.begin = first_of(0) + filler;
    if (end > filler) found_.first = entries->at(filler);
    if (last > 0) {
      auto first = open(0);
      if (!first) return first.error();
      const std::int64_t begin = first->filler();
      found_.begin = first_of(0) + begin;
      found_.first = first->at(std::min(begin, first->count() - 1));
      if (first->failed()) return *first->failed();
    }
    if (entries->failed()) return *entries->failed();
    found_.files_first = files_.front().start / found_.file_size;
    found_.files_end = files_[last].start / found_.file_size + 1;
    return clear_behind(entries->file(), found_.files_end - 1, end * kSize);
  }

  // Old entries that are left behind the end would count one day, when the log has grown past them.
  IoResult<void> clear_behind(File& file, std::int64_t number, std::int64_t end) {
    std::array<char, kPage> page;
    auto at = file.next_data(end);
    bool changed = false;
    while (at && *at < found_.file_size) {
      const std::int64_t to = std::min((*at / kPage + 1) * kPage, found_.file_size);
      const auto bytes = std::span(page).first(static_cast<std::size_t>(to - *at));
      std::ranges::fill(bytes, '\0');
      if (auto got = file.read(*at, bytes); !got) return got.error();
      if (!std::ranges::all_of(bytes, [](char byte) { return byte == '\0'; })) {
        auto cleared = settings_.before_clearing();
        if (cleared) cleared = file.zero(*at, to);
        if (!cleared) return cleared.error();
        changed = true;
      }
      at = file.next_data(to);
      if (at) *at = std::max(*at, to);
    }
    if (!at) return at.error();
    if (changed) found_.changed.push_back(number);
    return {};
  }

  IoResult<void> remove_behind(std::size_t last) {
    for (std::size_t i = files_.size() - 1; i > last; --i) {
      auto removed = settings_.before_clearing();
      if (removed) removed = disk_.remove(files_[i].path);
      if (!removed) return removed.error();
      found_.files_removed = true;
    }
    return {};
  }

  IoResult<void> make_whole(std::size_t last) {
    for (std::size_t i = 0; i <= last; ++i) {
      if (files_[i].size != 0) continue;
      auto file = disk_.open(files_[i].path, FileSystem::Open::write);
      if (!file) return file.error();
      if (auto sized = (*file)->resize(found_.file_size); !sized) return sized.error();
      found_.changed.push_back(files_[i].start / found_.file_size);
    }
    return {};
  }

  const QueueScan& settings_;
  FileSystem& disk_;
  const std::filesystem::path& directory_;
  std::vector<std::string>& warnings_;
  std::vector<NumberedFile> files_;  // by their start, because list() sorts them
  FoundQueue found_;
};

}  // namespace

IoResult<std::optional<FoundQueue>> QueueScan::scan(const std::filesystem::path& directory,
                                                    std::int64_t file_size,
                                                    std::vector<std::string>& warnings) const {
  return Scan(*this, directory, file_size, warnings).run();
}

}  // namespace gantry::store
