#include "plugins/store-mmap/key_index.h"

#include "plugins/store-mmap/message_keys.h"

#include <algorithm>
#include <utility>

namespace gantry::store {

KeyIndex::KeyIndex(FileSystem& files, Settings settings, const api::Clock& clock)
    : files_(files),
      settings_(std::move(settings)),
      geometry_{settings_.slots, settings_.entries},
      clock_(clock) {
}

IoResult<KeyIndex::Opened> KeyIndex::open(const std::optional<IndexPosition>& position, bool clean,
                                          api::LogOffset log_first, api::LogOffset log_end) {
  auto recovered =
      recover_index(files_, {settings_.directory, geometry_, position, clean, log_first, log_end});
  if (!recovered) return recovered.error();
  const std::lock_guard lock(mutex_);
  sealed_ = std::move(recovered->sealed);
  growing_ = std::move(recovered->growing);
  if (position) {
    named_ = position->file;
  } else {
    // Somebody else wrote them, and the next checkpoint speaks for them.
    for (const SealedIndex& one : sealed_) unsynced_.push_back(one.file);
    names_unsynced_ = !sealed_.empty() || growing_;
  }
  gathered_to_ = recovered->follow_from;
  repeats_before_ = recovered->repeats_before;
  position_.store(gathered_to_.value, std::memory_order_release);
  return Opened{recovered->follow_from, std::move(recovered->warnings)};
}

IoResult<void> KeyIndex::add(std::span<const api::LogEntry> entries) {
  for (const api::LogEntry& entry : entries) {
    if (gathered_.size() >= kBatch) {
      if (auto put = put_gathered(); !put) return put;
    }
    gather(entry);
  }
  return put_gathered();
}

IoResult<void> KeyIndex::add(api::LogOffset at, const remoting::MessageRecordView& record) {
  const api::LogEntry entry{at, static_cast<std::uint32_t>(record.bytes().size()), record};
  return add(std::span(&entry, 1));
}

void KeyIndex::gather(const api::LogEntry& entry) {
  gathered_to_ = std::max(gathered_to_, entry.at + entry.size);
  if (entry.at < repeats_before_) return;
  repeats_before_ = gathered_to_;
  for_each_key(entry.record, [&](std::string_view key) {
    const std::int32_t hash = index_hash(entry.record.topic(), key);
    if (growing_) growing_->prefetch(hash);
    gathered_.push_back({hash, entry.at, entry.record.store_timestamp()});
  });
}

IoResult<void> KeyIndex::put_gathered() {
  std::size_t done = 0;
  IoResult<void> outcome;
  while (outcome && done < gathered_.size()) {
    if (!growing_ || growing_->full()) {
      outcome = begin_file();
    } else if (auto put = growing_->put(std::span(gathered_).subspan(done)); put) {
      done += *put;
    } else {
      outcome = put.error();
    }
  }
  gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(done));
  const api::LogOffset all_before = gathered_.empty() ? gathered_to_ : gathered_.front().at;
  position_.store(all_before.value, std::memory_order_release);
  return outcome;
}

void KeyIndex::followed_to(api::LogOffset log) {
  gathered_to_ = std::max(gathered_to_, log);
  repeats_before_ = std::max(repeats_before_, log);
  if (gathered_.empty()) position_.store(gathered_to_.value, std::memory_order_release);
}

IoResult<void> KeyIndex::begin_file() {
  if (growing_) {
    if (auto written = growing_->write_everything(); !written) return written;
  }
  const SealedIndex before = newest_file();
  // Never again the name that a checkpoint gives: a start would take the file for the one that was meant.
  const std::string name = next_name(std::max(named_, before.file ? before.file->name() : std::string()));
  const auto path = settings_.directory / name;
  if (auto made = files_.make_directories(settings_.directory); !made) return made;
  auto file = files_.open(path, FileSystem::Open::create);
  if (!file) return file.error();
  if (auto sized = (*file)->resize(geometry_.size()); !sized) {
    // It has no entries: what stays of it, should that fail too, is removed by the next start.
    static_cast<void>(files_.remove(path));
    return sized;
  }
  names_unsynced_ = true;
  std::shared_ptr<GrowingIndex> next =
      GrowingIndex::begin(std::make_shared<IndexFile>(std::move(*file), name, geometry_), before.header);
  if (growing_) unsynced_.push_back(growing_->file());
  const std::lock_guard lock(mutex_);
  if (growing_) sealed_.push_back(before);
  growing_ = std::move(next);
  return {};
}

// Names sort as the files were made, whatever becomes of the clock.
std::string KeyIndex::next_name(const std::string& last) const {
  std::string name = index_file_name(clock_.date());
  if (name > last) return name;
  name = std::to_string(std::stoull(last) + 1);
  return std::string(last.size() - name.size(), '0') + name;
}

IoResult<IndexPosition> KeyIndex::sync() {
  if (auto put = put_gathered(); !put) return put.error();
  if (growing_) {
    if (auto written = growing_->write_entries(); !written) return written.error();
  }
  if (auto synced = sync_files(); !synced) return synced.error();
  const SealedIndex newest = newest_file();
  const std::lock_guard lock(mutex_);
  named_ = newest.file ? newest.file->name() : std::string();
  return IndexPosition{named_, newest.file ? newest.header.count : 0, gathered_to_};
}

IoResult<void> KeyIndex::close() {
  if (auto put = put_gathered(); !put) return put;
  if (growing_) {
    if (auto written = growing_->write_everything(); !written) return written;
  }
  return sync_files();
}

IoResult<void> KeyIndex::sync_files() {
  if (sync_failed_) return *sync_failed_;
  const auto all = [&]() -> IoResult<void> {
    for (const auto& full : unsynced_) {
      if (auto synced = full->file().sync(); !synced) return synced;
    }
    if (growing_) {
      if (auto synced = growing_->sync(); !synced) return synced;
    }
    if (!names_unsynced_) return {};
    if (auto synced = files_.sync_directory(settings_.directory); !synced) return synced;
    return files_.sync_directory(settings_.directory.parent_path());
  };
  if (auto synced = all(); !synced) {
    sync_failed_ = synced.error();
    return synced;
  }
  unsynced_.clear();
  names_unsynced_ = false;
  return {};
}

IoResult<std::vector<api::LogOffset>> KeyIndex::find(std::string_view topic, std::string_view key,
                                                     std::size_t most, std::int64_t from_ms,
                                                     std::int64_t to_ms) const {
  std::shared_ptr<const GrowingIndex> growing;
  std::vector<SealedIndex> sealed;
  {
    const std::lock_guard lock(mutex_);
    growing = growing_;
    sealed = sealed_;
  }
  IndexSearch search(index_hash(topic, key), most, from_ms, to_ms);
  bool go_on = true;
  if (growing) {
    auto header = growing->search(search);
    if (!header) return header.error();
    go_on = search.may_be_before(*header);
  }
  for (auto file = sealed.rbegin(); go_on && file != sealed.rend(); ++file) {
    if (search.may_be_in(file->header)) {
      if (auto done = file->file->search(file->header, search); !done) return done.error();
    }
    go_on = search.may_be_before(file->header);
  }
  return search.take();
}

IoResult<void> KeyIndex::drop_before(api::LogOffset log_first) {
  for (;;) {
    std::string name;
    {
      const std::lock_guard lock(mutex_);
      const bool is_newest = sealed_.size() == 1 && !growing_;
      if (sealed_.empty() || is_newest || sealed_.front().header.end >= log_first) return {};
      name = sealed_.front().file->name();
      if (!named_.empty() && name >= named_) return {};
    }
    if (auto removed = files_.remove(settings_.directory / name); !removed) return removed;
    const std::lock_guard lock(mutex_);
    sealed_.erase(sealed_.begin());
  }
}

// Its file is nullptr when there is none.
SealedIndex KeyIndex::newest_file() const {
  const std::lock_guard lock(mutex_);
  if (growing_) return {growing_->file(), growing_->header()};
  return sealed_.empty() ? SealedIndex{} : sealed_.back();
}

KeyIndex::Newest KeyIndex::newest() const {
  const IndexHeader header = newest_file().header;
  return {header.end, header.end_time};
}

}  // namespace gantry::store
