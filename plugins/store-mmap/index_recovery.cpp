#include "plugins/store-mmap/index_recovery.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

namespace gantry::store {
namespace {

class Recovery {
 public:
  Recovery(FileSystem& files, const IndexToRecover& what)
      : files_(files),
        what_(what),
        cut_(what.position ? std::min(what.position->log, what.log_end) : what.log_end) {}

  IoResult<RecoveredIndex> run() {
    if (auto found = find_files(); !found) return found.error();
    if (auto loaded = load_headers(); !loaded) return loaded.error();
    distrust_apaches_last();
    while (!kept_.empty() && kept_.back().header.begin >= cut_) drop_last();
    while (!kept_.empty()) {
      auto done = open_last();
      if (!done) return done.error();
      if (*done == Last::stays) break;
    }
    if (auto removed = remove_dropped(); !removed) return removed.error();
    decide_where_to_follow();
    return std::move(out_);
  }

 private:
  struct Found {
    std::string name;
    std::int64_t size = 0;
  };
  enum class Last { stays, dropped };

  bool named(const std::string& name) const { return what_.position && name == what_.position->file; }

  IoResult<void> find_files() {
    auto entries = files_.list(what_.directory);
    if (!entries) return entries.error();
    bool named_one_is_there = !what_.position || what_.position->file.empty();
    for (const auto& entry : *entries) {
      if (entry.directory || !is_index_file_name(entry.name)) continue;
      named_one_is_there = named_one_is_there || named(entry.name);
      if (what_.position && entry.name > what_.position->file) {
        dropped_.push_back(entry.name);
      } else {
        found_.push_back({entry.name, entry.size});
      }
    }
    named_one_is_missing_ = !named_one_is_there;
    if (named_one_is_missing_) warn(what_.position->file, "it is not there");
    return {};
  }

  IoResult<void> load_headers() {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      auto damage = load(found_[i]);
      if (!damage && damage.error().number != EIO) return damage.error();
      const std::string why = damage ? *damage : damage.error().text;
      if (why.empty()) continue;
      warn(found_[i].name, why);
      for (std::size_t k = i; k < found_.size(); ++k) dropped_.push_back(found_[k].name);
      break;
    }
    return {};
  }

  // Empty: it is kept. Otherwise why not.
  IoResult<std::string> load(const Found& found) {
    const IndexGeometry& geometry = what_.geometry;
    // Made again, it was shortened and not yet long again when the broker stopped.
    const bool halfway = named(found.name) && found.size < geometry.size() &&
                         found.size >= geometry.entry_at(std::max(1, what_.position->count));
    if (found.size != geometry.size() && !halfway) {
      return "it has " + std::to_string(found.size) + " bytes; " + std::to_string(geometry.slots) +
             " slots and " + std::to_string(geometry.entries) + " entries take " +
             std::to_string(geometry.size());
    }
    auto opened = files_.open(what_.directory / found.name, FileSystem::Open::write);
    if (!opened) return opened.error();
    auto file = std::make_shared<IndexFile>(std::move(*opened), found.name, geometry);
    if (halfway) {
      if (auto grown = file->file().resize(geometry.size()); !grown) return grown.error();
    }
    auto header = file->read_header();
    if (!header) return header.error();
    auto damage = check(*file, *header);
    if (damage && damage->empty()) kept_.push_back({std::move(file), *header});
    return damage;
  }

  IoResult<std::string> check(const IndexFile& file, const IndexHeader& header) const {
    if (header.count > what_.geometry.entries) {
      return "its header says that it has " + std::to_string(header.count) + " entries of " +
             std::to_string(what_.geometry.entries);
    }
    // Apache's brokers before 4.8 counted each entry there.
    if (header.used_slots < 0 || header.used_slots > std::max(what_.geometry.slots, what_.geometry.entries)) {
      return "its header says that it uses " + std::to_string(header.used_slots) + " slots of " +
             std::to_string(what_.geometry.slots);
    }
    if (header.begin.value < 0 || header.end < header.begin) {
      return "its header says that it is about the log from " + std::to_string(header.begin.value) + " to " +
             std::to_string(header.end.value);
    }
    if (!kept_.empty() && header.begin < kept_.back().header.end) {
      return "it begins at log offset " + std::to_string(header.begin.value) +
             ", and the file before it ends at " + std::to_string(kept_.back().header.end.value);
    }
    if (named(file.name()) && header.count < what_.position->count) {
      return "its header says that it has " + std::to_string(header.count) + " entries, and " +
             std::to_string(what_.position->count) + " were there";
    }
    if (header.count == 1) return std::string();
    auto first = file.read_entry(1);
    if (!first) return first.error();
    if (first->at != header.begin) return std::string("its first entry is not what its header says");
    // After a crash the header may know of entries that never reached the disk.
    if (named(file.name()) && !what_.clean) return std::string();
    auto last = file.read_entry(header.count - 1);
    if (!last) return last.error();
    if (last->at != header.end) return std::string("its last entry is not what its header says");
    return std::string();
  }

  // Apache's broker makes a file durable only when it is full, and says nowhere how far the others were.
  void distrust_apaches_last() {
    if (what_.position || what_.clean || kept_.empty()) return;
    std::size_t whole = 0;
    while (whole + 1 < kept_.size() && kept_[whole].header.count == what_.geometry.entries) ++whole;
    warn(kept_[whole].file->name(),
         "the last stop was not a clean one, and nothing says what of it is durable");
    while (kept_.size() > whole) drop_last();
  }

  IoResult<Last> open_last() {
    const SealedIndex& last = kept_.back();
    const bool is_named = named(last.file->name());
    const bool as_the_checkpoint_says =
        !what_.position || (is_named && last.header.count == what_.position->count);
    if (what_.clean && complete_ && as_the_checkpoint_says && last.header.end < cut_) {
      // All keys of the last message are in; it comes again, as nobody knows where the next one begins.
      if (!what_.position && last.header.count > 1) out_.repeats_before = last.header.end + 1;
      return go_on_with(GrowingIndex::resume(last.file, last.header));
    }
    if (!is_named && last.header.end < cut_ && !named_one_is_missing_) return Last::stays;
    const std::int32_t count = is_named ? what_.position->count : last.header.count;
    auto rebuilt = GrowingIndex::rebuild(last.file, last.header, count, cut_);
    if (!rebuilt && rebuilt.error().number != EIO) return rebuilt.error();
    const std::string damage = rebuilt ? rebuilt->damage : rebuilt.error().text;
    if (damage.empty() && rebuilt->index->header().count > 1) {
      return go_on_with(std::move(rebuilt->index));
    }
    if (!damage.empty()) warn(last.file->name(), damage);
    drop_last();
    return Last::dropped;
  }

  Last go_on_with(std::unique_ptr<GrowingIndex> index) {
    kept_.pop_back();
    out_.growing = std::move(index);
    return Last::stays;
  }

  void drop_last() {
    dropped_.push_back(kept_.back().file->name());
    kept_.pop_back();
  }

  void warn(const std::string& name, const std::string& why) {
    complete_ = false;
    out_.warnings.push_back("key index file " + (what_.directory / name).string() + " cannot be used: " +
                            why + ". The messages that were in it and in newer ones are indexed again");
  }

  // The newest first: what a crash leaves is then still a row.
  IoResult<void> remove_dropped() {
    if (dropped_.empty()) return {};
    std::ranges::sort(dropped_, std::greater());
    for (const std::string& name : dropped_) {
      if (auto removed = files_.remove(what_.directory / name); !removed) return removed;
    }
    return files_.sync_directory(what_.directory);
  }

  void decide_where_to_follow() {
    api::LogOffset from = what_.log_first;
    if (complete_ && what_.position) {
      from = what_.position->log;
    } else if (out_.growing) {
      from = out_.growing->header().end;
    } else if (!kept_.empty()) {
      from = kept_.back().header.end;
    }
    out_.follow_from = std::max(what_.log_first, std::min(from, cut_));
    out_.repeats_before = std::max(out_.repeats_before, out_.follow_from);
    out_.sealed = std::move(kept_);
  }

  FileSystem& files_;
  const IndexToRecover& what_;
  const api::LogOffset cut_;  // entries at or behind it come again
  bool complete_ = true;      // nothing is missing of what comes before the place to go on from
  // A start that did not come to its checkpoint may have removed it, and then gone on in the one before it,
  // whose slots are not what its entries say.
  bool named_one_is_missing_ = false;
  std::vector<Found> found_;
  std::vector<SealedIndex> kept_;
  std::vector<std::string> dropped_;
  RecoveredIndex out_;
};

}  // namespace

IoResult<RecoveredIndex> recover_index(FileSystem& files, const IndexToRecover& what) {
  return Recovery(files, what).run();
}

}  // namespace gantry::store
