#include "plugins/store-mmap/consume_queues.h"

#include "plugins/store-mmap/queue_scan.h"
#include "plugins/store-mmap/queues_shared.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gantry::store {
namespace {

constexpr auto kSize = static_cast<std::int64_t>(QueueEntry::kSize);

// As it is written: "7", not "07".
std::optional<api::QueueId> parse_directory_name(const std::string& name) {
  std::int32_t id = -1;
  std::from_chars(name.data(), name.data() + name.size(), id);
  if (id < 0 || std::to_string(id) != name) return std::nullopt;
  return api::QueueId{id};
}

std::string stray(const std::filesystem::path& path, const char* what) {
  return path.string() + " is no " + what + " and was left alone";
}

}  // namespace

IoResult<void> remove_leftovers(QueuesShared& shared, const std::string& topic) {
  const auto left = shared.leftovers.find(topic);
  if (left == shared.leftovers.end()) return {};
  // First the manifest: a queue that it has and the disk has not would be made again from the log.
  if (auto forgotten = shared.manifest.forget_topic(topic); !forgotten) return forgotten.error();
  const auto directory = shared.directory / topic;
  auto there = shared.disk.exists(directory);
  if (!there) return there.error();
  if (*there) {
    if (auto removed = shared.disk.remove_directory(directory); !removed) return removed.error();
    std::erase_if(shared.touched_directories, [&](const auto& touched) {
      return touched == directory || touched.parent_path() == directory;
    });
    shared.touched_directories.insert(shared.directory);
  }
  shared.leftovers.erase(left);
  return {};
}

ConsumeQueues::ConsumeQueues(FileSystem& disk, Settings settings)
    : settings_(std::move(settings)),
      shared_(std::make_unique<QueuesShared>(disk, settings_.directory, settings_.open_files)),
      file_size_((settings_.file_size + kSize - 1) / kSize * kSize) {
}

ConsumeQueues::~ConsumeQueues() = default;

ConsumeQueue& ConsumeQueues::get(std::string_view topic, api::QueueId id) {
  ConsumeQueue* queue = table_.find(topic, id);
  if (queue == nullptr) queue = &make(topic, id, file_size_);
  if (!queue->there_.load(std::memory_order_relaxed)) queue->there_ = true;
  return *queue;
}

ConsumeQueue& ConsumeQueues::make(std::string_view topic, api::QueueId id, std::int64_t file_size) {
  const std::lock_guard lock(making_);
  if (auto* faster = table_.find(topic, id)) return *faster;
  auto at = topics_.find(topic);
  if (at == topics_.end()) at = topics_.try_emplace(std::string(topic)).first;
  auto& queue = at->second.emplace_back(std::make_unique<ConsumeQueue>(*shared_, at->first, id, file_size));
  table_.add(queue.get());
  return *queue;
}

ConsumeQueue* ConsumeQueues::find(std::string_view topic, api::QueueId id) const {
  ConsumeQueue* queue = table_.find(topic, id);
  return queue != nullptr && queue->there_ ? queue : nullptr;
}

std::vector<ConsumeQueue*> ConsumeQueues::all() const {
  std::vector<ConsumeQueue*> queues;
  const std::lock_guard lock(making_);
  for (const auto& [topic, its] : topics_) {
    for (const auto& queue : its) {
      if (queue->there_) queues.push_back(queue.get());
    }
  }
  return queues;
}

std::vector<ConsumeQueue*> ConsumeQueues::of(std::string_view topic) const {
  std::vector<ConsumeQueue*> queues;
  const std::lock_guard lock(making_);
  const auto at = topics_.find(topic);
  if (at == topics_.end()) return queues;
  for (const auto& queue : at->second) {
    if (queue->there_) queues.push_back(queue.get());
  }
  return queues;
}

IoResult<ConsumeQueues::Opened> ConsumeQueues::open(std::optional<api::LogOffset> durable_to) {
  const std::lock_guard maintenance(maintenance_);
  Opened opened;
  if (auto made = shared_->disk.make_directories(settings_.directory); !made) return made.error();
  auto whole_disk = shared_->disk.disk_of(settings_.directory);
  if (!whole_disk) return whole_disk.error();
  shared_->whole_disk = std::move(*whole_disk);
  auto in_manifest = shared_->manifest.read();
  if (!in_manifest) return in_manifest.error();
  in_manifest_ = std::move(*in_manifest);
  if (auto shortened = shared_->manifest.shorten(in_manifest_); !shortened) return shortened.error();
  auto topics = shared_->disk.list(settings_.directory);
  if (!topics) return topics.error();
  // Nobody knows what of the last files is on the disk.
  const bool sync_last_files = !durable_to || shared_->manifest.clearing();
  const QueueScan scan{.disk = shared_->disk, .durable_to = durable_to, .before_clearing = [this] {
                         return shared_->manifest.begin_clearing();
                       }};
  for (const auto& topic : *topics) {
    if (!topic.directory || !api::TopicName::parse(topic.name)) {
      opened.warnings.push_back(stray(settings_.directory / topic.name, "topic's directory"));
    } else if (auto read = open_topic(topic.name, scan, opened); !read) {
      return read.error();
    }
  }
  if (auto noted = note_missing(opened); !noted) return noted.error();
  shared_->manifest.forget_ends();
  opened.queues = all().size();
  if (sync_last_files) {
    for (ConsumeQueue* queue : all()) queue->touch_last_file();
  }
  return opened;
}

IoResult<void> ConsumeQueues::open_topic(const std::string& topic, const QueueScan& scan, Opened& opened) {
  const auto directory = settings_.directory / topic;
  auto entries = shared_->disk.list(directory);
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    const auto id = parse_directory_name(entry.name);
    if (!entry.directory || !id) {
      opened.warnings.push_back(stray(directory / entry.name, "queue's directory"));
    } else if (auto read = open_queue({topic, *id}, scan, opened); !read) {
      return read.error();
    }
  }
  return {};
}

IoResult<void> ConsumeQueues::open_queue(const QueueManifest::Queue& queue, const QueueScan& scan,
                                         Opened& opened) {
  const auto& [topic, id] = queue;
  const auto directory = settings_.directory / topic / std::to_string(number(id));
  const auto in_manifest = in_manifest_.find(queue);
  const bool known = in_manifest != in_manifest_.end();
  const auto remove = [&] {
    shared_->touched_directories.insert(directory.parent_path());
    return shared_->disk.remove_directory(directory);
  };
  if (known && in_manifest->second == QueueManifest::State::incomplete)
    return remove();  // stays in in_manifest_: missing
  auto scanned = scan.scan(directory, file_size_, opened.warnings);
  if (!scanned) return scanned.error();
  const auto noted = shared_->manifest.ends().find(queue);
  const bool was_closed = noted != shared_->manifest.ends().end();
  if (*scanned && was_closed && (*scanned)->end < noted->second) {
    opened.warnings.push_back(
        directory.string() + " ends at entry " + std::to_string((*scanned)->end) + ", and had " +
        std::to_string(noted->second) +
        " when the store was closed: it is removed, and the queue is made again from the "
        "commit log");
    scanned->reset();
  }
  if (!*scanned) {
    // First the manifest: a part of them that is left would look whole.
    if (auto noted = shared_->manifest.add({&queue, 1}, QueueManifest::State::incomplete); !noted)
      return noted;
    in_manifest_[queue] = QueueManifest::State::incomplete;
    return remove();
  }
  const FoundQueue& found = **scanned;
  const bool has_files = found.files_first < found.files_end;
  if (known && !has_files) return {};

  if (has_files && opened.queues++ == 0) file_size_ = found.file_size;
  ConsumeQueue& made = make(topic, id, found.file_size);
  made.begin_as(found);
  for (const auto changed : found.changed) made.touch(changed);
  if (found.files_removed) shared_->touched_directories.insert(directory);
  opened.indexed_to = std::max(opened.indexed_to, found.last.end());
  if (has_files) made.in_manifest_ = true;
  if (was_closed) made.noted_end_ = noted->second;
  if (has_files && !known) {
    shared_->unlisted.push_back(&made);
    made.touch_names();
  }
  if (known) in_manifest_.erase(in_manifest);
  return {};
}

IoResult<void> ConsumeQueues::note_missing(Opened& opened) {
  // What is left in it was not found.
  std::vector<QueueManifest::Queue> missing;
  for (const auto& [queue, state] : std::exchange(in_manifest_, {})) {
    missing.push_back(queue);
    missing_.insert(queue);
    opened.missing.push_back({queue.first, queue.second});
  }
  return shared_->manifest.add(missing, QueueManifest::State::incomplete);
}

IoResult<void> ConsumeQueues::made_again() {
  const std::lock_guard maintenance(maintenance_);
  std::vector<QueueManifest::Queue> whole;
  std::vector<QueueManifest::Queue> gone;
  for (const auto& queue : missing_) {
    const ConsumeQueue* made = find(queue.first, queue.second);
    (made != nullptr && made->in_manifest_ ? whole : gone).push_back(queue);
  }
  if (auto added = shared_->manifest.add(whole, QueueManifest::State::whole); !added) return added.error();
  if (auto added = shared_->manifest.add(gone, QueueManifest::State::gone); !added) return added.error();
  missing_.clear();
  return {};
}

IoResult<void> ConsumeQueues::begin_again(ConsumeQueue& queue) {
  const std::lock_guard maintenance(maintenance_);
  const QueueManifest::Queue name(queue.topic(), queue.id());
  if (auto noted = shared_->manifest.add({&name, 1}, QueueManifest::State::incomplete); !noted) return noted;
  missing_.insert(name);
  queue.noted_end_ = -1;
  return queue.cut_from(0);
}

IoResult<void> ConsumeQueues::cut(api::LogOffset end) {
  const std::lock_guard maintenance(maintenance_);
  {
    const std::lock_guard lock(making_);
    for (const auto& [topic, its] : topics_)
      for (const auto& queue : its) queue->log_was_cut(end);
  }
  for (ConsumeQueue* queue : all()) {
    if (auto done = queue->cut(end); !done) return done.error();
  }
  return {};
}

IoResult<void> ConsumeQueues::cut(ConsumeQueue& queue, api::LogOffset end) {
  const std::lock_guard maintenance(maintenance_);
  return queue.cut(end);
}

IoResult<void> ConsumeQueues::cut_from(ConsumeQueue& queue, std::int64_t offset) {
  const std::lock_guard maintenance(maintenance_);
  return queue.cut_from(offset);
}

std::size_t ConsumeQueues::gathered_bytes() const {
  return shared_->pool.bytes_in_use();
}

bool ConsumeQueues::crowded() const {
  // Few queues fill blocks that are worth writing long before the memory is used up.
  const std::size_t most = settings_.memory.bytes();
  const std::size_t now = gathered_bytes();
  return now >= most || (now >= most / 8 && !shared_->large.empty());
}

IoResult<void> ConsumeQueues::write_behind() {
  const std::lock_guard maintenance(maintenance_);
  static_cast<void>(shared_->large.take());
  return write(shared_->gathered.take());
}

IoResult<void> ConsumeQueues::relieve() {
  if (gathered_bytes() >= settings_.memory.bytes()) return write_behind();
  const std::lock_guard maintenance(maintenance_);
  return write(shared_->large.take());
}

IoResult<void> ConsumeQueues::write(const std::vector<ConsumeQueue*>& queues) {
  // Many of them would only push each other, and what readers use, out of the open files.
  const bool keep_open = queues.size() <= settings_.open_files / 2;
  std::optional<IoError> failed;
  for (ConsumeQueue* queue : queues) {
    if (auto wrote = queue->write_gathered(keep_open); !wrote && !failed) failed = wrote.error();
  }
  if (failed) return *failed;
  return {};
}

IoResult<void> ConsumeQueues::sync() {
  const std::lock_guard maintenance(maintenance_);
  if (sync_failed_) return *sync_failed_;
  while (!shared_->leftovers.empty()) {
    if (auto removed = remove_leftovers(*shared_, std::string(*shared_->leftovers.begin())); !removed)
      return removed.error();
  }
  auto& files = shared_->touched_files;
  if (files.size() > settings_.synced_singly) {
    if (auto synced = shared_->whole_disk->sync(); !synced) return sync_failed(synced.error());
    files.clear();
    // What is around it may be on another one.
    std::erase_if(shared_->touched_directories,
                  [&](const auto& touched) { return touched != settings_.directory.parent_path(); });
  }
  while (!files.empty()) {
    const QueueFileKey key = *files.begin();
    auto file =
        shared_->files.open(key, key.queue->path_of(key.number), FileSystem::Open::write, /*keep=*/false);
    if (!file) return file.error();
    if (auto synced = (*file)->sync(); !synced) return sync_failed(synced.error());
    files.erase(files.begin());
  }
  auto& directories = shared_->touched_directories;
  while (!directories.empty()) {
    if (auto synced = shared_->disk.sync_directory(*directories.begin()); !synced)
      return sync_failed(synced.error());
    directories.erase(directories.begin());
  }
  if (auto listed = list_in_manifest(); !listed) return listed.error();
  return shared_->manifest.end_clearing();
}

IoResult<void> ConsumeQueues::note_ends() {
  const std::lock_guard maintenance(maintenance_);
  QueueManifest::Ends ends;
  for (const ConsumeQueue* queue : all()) {
    if (queue->in_manifest_ && queue->next() != queue->noted_end_)
      ends.emplace(QueueManifest::Queue(queue->topic(), queue->id()), queue->next());
  }
  return shared_->manifest.add_ends(ends);
}

IoResult<void> ConsumeQueues::sync_failed(IoError error) {
  sync_failed_ = std::move(error);
  return *sync_failed_;
}

// After its directories are on the disk, or a power cut between the two would make it missing.
IoResult<void> ConsumeQueues::list_in_manifest() {
  std::vector<QueueManifest::Queue> queues;
  for (const ConsumeQueue* queue : shared_->unlisted) {
    QueueManifest::Queue name(queue->topic(), queue->id());
    if (!missing_.contains(name)) queues.push_back(std::move(name));
  }
  if (auto added = shared_->manifest.add(queues, QueueManifest::State::whole); !added) return added.error();
  shared_->unlisted.clear();
  return {};
}

IoResult<void> ConsumeQueues::advance_first(api::LogOffset log_first) {
  const std::lock_guard maintenance(maintenance_);
  std::optional<IoError> failed;
  for (ConsumeQueue* queue : all()) {
    if (auto advanced = queue->advance_first(log_first); !advanced && !failed) failed = advanced.error();
  }
  if (failed) return *failed;
  return {};
}

bool ConsumeQueues::empty_topic(std::string_view topic, api::LogOffset log_end) {
  const std::unique_lock maintenance(maintenance_, std::try_to_lock);
  if (!maintenance) return false;
  for (ConsumeQueue* queue : of(topic)) {
    queue->become_empty(log_end);
    std::erase(shared_->unlisted, queue);
  }
  std::erase_if(missing_, [&](const auto& queue) { return queue.first == topic; });
  shared_->leftovers.emplace(topic);
  return true;
}

IoResult<void> ConsumeQueues::remove_files_of(std::string_view topic) {
  const std::lock_guard maintenance(maintenance_);
  return remove_leftovers(*shared_, std::string(topic));
}

}  // namespace gantry::store
