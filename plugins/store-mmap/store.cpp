#include "plugins/store-mmap/store.h"

#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/planted.h"
#include "plugins/store-mmap/recovery.h"
#include "plugins/store-mmap/retention_job.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kIndexInterval = 200ms;
constexpr auto kIndexSyncInterval = 5s;
constexpr auto kWatchInterval = 1s;
constexpr auto kRetentionInterval = 10s;
constexpr int kRestAfterCheckpoint = 10;        // times as long as it took
constexpr std::int64_t kZerosAhead = 64 << 10;  // where senders wait for syncs

LogFiles::Settings log_settings(const StoreConfig& config, const std::filesystem::path& root) {
  LogFiles::Settings settings;
  for (const std::string& directory : config.commit_log_dirs)
    settings.directories.emplace_back(root / directory);
  if (settings.directories.empty()) settings.directories.push_back(root / "commitlog");
  settings.file_size = static_cast<std::int64_t>(config.commit_log_file_size.bytes());
  settings.mapped = static_cast<std::size_t>(config.mapped_files);
  return settings;
}

ConsumeQueues::Settings queue_settings(const StoreConfig& config, const std::filesystem::path& root) {
  return {.directory = root / "consumequeue",
          .file_size = config.queue_file_entries * static_cast<std::int64_t>(QueueEntry::kSize),
          .memory = config.queue_memory};
}

std::int64_t resident_bytes(const StoreConfig& config) {
  const std::int64_t memory = ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
  return memory / 100 * config.resident_percent;
}

std::unique_ptr<MemoryPool> pool_for(const StoreConfig& config) {
  if (config.flush != Flush::pool) return nullptr;
  return std::make_unique<MemoryPool>(config.pool_size.bytes());
}

}  // namespace

Store::Store(StoreConfig config, const std::filesystem::path& root, const Surroundings& around)
    : config_(std::move(config)),
      root_(root),
      around_(around),
      abort_(around.files, root),
      log_files_(around.files, log_settings(config_, root)),
      pool_(pool_for(config_)),
      queues_(around.files, queue_settings(config_, root)),
      writer_(log_files_, pool_.get(), config_.flush == Flush::sync ? kZerosAhead : 0),
      reader_(log_files_, positions_),
      queue_reader_(queues_, reader_, resident_bytes(config_)) {
  flusher_ = std::make_unique<Flusher>(
      Flusher::Parts{log_files_, positions_, gate_, around.lanes, around.clock, watchers_, pool_.get()},
      Flusher::Settings{.flush = config_.flush,
                        .least_bytes = config_.flush_least_pages * 4096,
                        .thorough_interval = config_.flush_thorough_interval,
                        .give_up_after = config_.give_up_after},
      [this](const IoError& error) { trouble("the log cannot be made durable", error); });
  appender_ = std::make_unique<Appender>(
      Appender::Parts{log_files_, writer_, queues_, positions_, gate_, around.lanes, around.clock},
      Appender::Settings{.largest_body = config_.max_message_size.bytes(),
                         .most_waiting = config_.max_waiting.bytes(),
                         .busy_after = config_.busy_after,
                         .always_on_lane = config_.append_on_thread},
      [this](WrittenBursts& bursts) {
        flusher_->written(bursts,
                          [this](std::unique_ptr<EncodedBurst> told) { appender_->spare(std::move(told)); });
        keep_up();
      },
      [this](const IoError& error) { trouble("the log cannot be written", error); });
  if (config_.key_index) {
    index_ = std::make_unique<KeyIndex>(
        around.files,
        KeyIndex::Settings{
            .directory = root / "index", .slots = config_.index_slots, .entries = config_.index_entries},
        around.clock);
    follower_ = std::make_unique<IndexFollower>(*index_, reader_, around.lanes, [this](const IoError& error) {
      trouble("the key index cannot follow the log", error);
    });
  }
  checkpointer_ = std::make_unique<Checkpointer>(
      Checkpointer::Parts{queues_, positions_,
                          [this] { return follower_ ? follower_->durable() : IndexPosition{}; },
                          [this] { return appender_->newest_stored_at(); }},
      CheckpointFile(around.files, root / "checkpoint"));
}

Store::~Store() = default;

void Store::open() {
  lock_.emplace(StoreLock::take(around_.files, root_).value());
  const LastExit last_exit = abort_.last_exit().value();
  abort_.set().value();
  std::vector<std::string> warnings;
  around_.files.make_directories(root_ / "consumequeue").value();
  log_files_.open(warnings).value();
  for (const std::string& warning : warnings) around_.log.warn("commit log", {{"found", warning}});
  CheckpointFile checkpoint_file(around_.files, root_ / "checkpoint");
  const Checkpoint checkpoint = checkpoint_file.read().value();
  if (!checkpoint.claims) checkpoint_file.forget_claims().value();
  if (!checkpoint.warning.empty() && !log_files_.all().empty())
    around_.log.warn("checkpoint", {{"found", checkpoint.warning}});
  if (pool_ && pool_->warning()) around_.log.warn("memory pool", {{"found", *pool_->warning()}});
  recover(checkpoint, last_exit);
  opened_ = true;
}

void Store::recover(const Checkpoint& checkpoint, LastExit last_exit) {
  checkpointer_->start_at(checkpoint);
  Recovery recovery({log_files_, queues_, entry_code_,
                     [this](api::LogOffset end) { return checkpointer_->lower(end); }, around_.log},
                    {.check_crc = config_.check_crc_on_recovery,
                     .on_damage = config_.on_damage,
                     .durable_first = config_.flush != Flush::async});
  const Recovered recovered = recovery.run(checkpoint, last_exit).value();
  positions_.start_at(recovered.end, recovered.durable_to);
  flusher_->start_at(recovered.end);
  writer_.start_at(recovered.end);
  queues_begin_at_ = log_files_.first();
  appender_->start_at_time(recovered.newest_stored_at);
  std::optional<IndexPosition> position;
  if (checkpoint.claims) position = checkpoint.claims->index;
  if (index_) {
    const bool clean = last_exit == LastExit::clean;
    const auto opened = index_->open(position, clean, log_files_.first(), recovered.end).value();
    for (const std::string& warning : opened.warnings) around_.log.warn("key index", {{"found", warning}});
    follower_->start_at(opened.follow_from, position.value_or(IndexPosition{}));
  }
  // A power cut took messages that the index had: the checkpoint must not speak of them once others are
  // there. And one that claims nothing would leave the next start to guess which files had been synced.
  if (!checkpoint.claims || position->log > recovered.end) {
    if (follower_) follower_->sync().value();
    checkpointer_->write().value();
  }
  around_.log.info("store is open", {{"directory", root_.string()},
                                     {"last_exit", last_exit == LastExit::clean ? "clean" : "unclean"},
                                     {"first", log_files_.first().value},
                                     {"end", recovered.end.value},
                                     {"records_read", recovered.records},
                                     {"queues", queues_.all().size()}});
}

void Store::start() {
  gate_.reopen(Closed::not_open);
  // Two in a row are made ahead of need: the one that the log is in, and the next.
  appender_->try_again();
  every(Lane::flush, config_.flush_interval, [this] { flusher_->tick(); });
  if (pool_) every(Lane::flush, config_.commit_interval, [this] { static_cast<void>(flusher_->commit()); });
  every(Lane::queues, config_.checkpoint_interval, [this] { write_checkpoint_and_rest(); });
  if (follower_) {
    every(Lane::index, kIndexInterval, [this] { follower_->follow(); });
    every(Lane::index, kIndexSyncInterval, [this] {
      if (auto synced = follower_->sync(); !synced)
        trouble("the key index cannot be written", synced.error());
    });
  }
  every(Lane::housekeeping, kWatchInterval, [this] { housekeep(); });
  disk_watch_ = std::make_unique<DiskWatch>(around_.files, around_.lanes,
                                            DiskWatch::Settings{.log_directories = log_files_.directories(),
                                                                .queue_directory = root_ / "consumequeue",
                                                                .retention = retention_settings(config_)},
                                            [this](const DiskChange& change) { disk_changed(change); });
  disk_watch_->start();
}

void Store::every(Lane lane, std::chrono::nanoseconds period, const std::function<void()>& job) {
  around_.lanes.post_after(lane, period, [this, lane, period, job] {
    try {
      job();
    } catch (...) {
      every(lane, period, job);
      throw;  // the lane tells
    }
    every(lane, period, job);
  });
}

// After each burst: what must not wait until its interval has passed.
void Store::keep_up() {
  if (queues_.crowded()) {
    once_in(Lane::queues, relieving_, [this] {
      relieving_ = false;
      if (auto relieved = queues_.relieve(); !relieved)
        trouble("consume queues cannot be written", relieved.error());
    });
  }
  const std::int64_t flushed = positions_.flushed.load(std::memory_order_relaxed);
  const std::int64_t unsynced = positions_.written.load(std::memory_order_relaxed) - flushed;
  if (unsynced >= static_cast<std::int64_t>(config_.flush_at.bytes())) {
    once_in(Lane::flush, flushing_, [this] {
      flushing_ = false;
      static_cast<void>(flusher_->flush());
    });
  }
  if (flushed - checkpointer_->claimed().value >= static_cast<std::int64_t>(config_.checkpoint_at.bytes())) {
    once_in(Lane::queues, checkpointing_, [this] { write_checkpoint_and_rest(); });
  }
}

void Store::once_in(Lane lane, std::atomic<bool>& posted, const std::function<void()>& job) {
  if (!posted.exchange(true)) around_.lanes.post(lane, job);
}

// With many queues it is a lot of work, which must not be all that the disk and this lane do.
void Store::write_checkpoint_and_rest() {
  if (checkpoint_rests_) return;
  const auto begun = around_.clock.now();
  const bool well = write_checkpoint();
  const std::chrono::nanoseconds rest =
      well ? (around_.clock.now() - begun) * kRestAfterCheckpoint : config_.checkpoint_interval;
  checkpoint_rests_ = true;
  around_.lanes.post_after(Lane::queues, rest, [this] { checkpoint_rests_ = checkpointing_ = false; });
}

bool Store::write_checkpoint() {
  const auto written = checkpointer_->write();
  if (!written) trouble("the checkpoint cannot be written", written.error());
  return written.has_value();
}

void Store::housekeep() {
  appender_->give_up_on_late();
  flusher_->give_up_on_late();
  if (gate_.closed_by(Closed::write_failed) || gate_.closed_by(Closed::no_file)) appender_->try_again();
  const auto now = around_.clock.now();
  if (now - last_retention_ < kRetentionInterval) return;
  last_retention_ = now;
  retire_files();
}

void Store::retire_files() {
  const api::LogOffset keep_from =
      std::min({api::LogOffset{positions_.flushed.load()}, checkpointer_->claimed(), reader_.end()});
  auto retired = retire(log_files_, around_.files, around_.clock, disk_watch_->state(), keep_from,
                        retention_settings(config_));
  if (!retired) trouble("expired files cannot be removed", retired.error());
  const api::LogOffset first = log_files_.first();
  if (retired && *retired > 0)
    around_.log.info("expired files of the log were removed",
                     {{"files", *retired}, {"log_begins_at", first.value}});
  // Also when it failed: it may have removed some before, and queues may have stayed behind the last time.
  if (first == queues_begin_at_.load()) return;
  if (planted(Planted::queue_first_not_moved)) return;
  around_.lanes.post(Lane::queues, [this, first] {
    if (auto moved = queues_.advance_first(first); !moved)
      return trouble("consume queues cannot be trimmed", moved.error());
    queues_begin_at_ = first;
  });
  if (follower_) around_.lanes.post(Lane::index, [this, first] { follower_->drop_before(first); });
}

void Store::disk_changed(const DiskChange& change) {
  log_files_.avoid(change.state.full);
  if (change.state.level == DiskLevel::refuse) {
    gate_.close(Closed::disk_full, change.cause);
  } else {
    gate_.reopen(Closed::disk_full);
  }
  if (change.state.level == DiskLevel::fine && change.measured) {
    around_.log.info("disk space", {{"state", change.sentence}});
  } else {
    around_.log.warn("disk space", {{"state", change.sentence}});
  }
}

void Store::trouble(std::string_view what, const IoError& error) {
  around_.log.error(what, {{"because", error.text}});
}

IoResult<void> Store::settle() {
  const auto in_lane = [this](Lane lane, const std::function<IoResult<void>()>& job) {
    std::promise<IoResult<void>> done;
    around_.lanes.post(lane, [&] { done.set_value(job()); });
    return done.get_future().get();
  };
  // With the pool a sender is told a moment before the flusher knows of his messages.
  std::promise<void> handed_on;
  appender_->alone([&handed_on] { handed_on.set_value(); });
  handed_on.get_future().wait();
  IoResult<void> settled = in_lane(Lane::flush, [this] { return flusher_->flush(); });
  if (settled && follower_) {
    settled = in_lane(Lane::index, [this] {
      follower_->catch_up();
      return follower_->sync();
    });
  }
  if (settled) settled = in_lane(Lane::queues, [this] { return checkpointer_->write(); });
  return settled;
}

void Store::close() {
  if (!opened_) return;
  opened_ = false;
  gate_.close(Closed::not_open, "the broker is stopping; send it to another one, or again in a moment");
  appender_->finish();
  if (auto finished = finish(); !finished) {
    trouble("the store could not be closed cleanly; the next start checks it", finished.error());
  }
  lock_.reset();
}

IoResult<void> Store::finish() {
  if (auto flushed = flusher_->flush(); !flushed) return flushed;
  if (!writer_.clean()) {
    if (auto cleaned = writer_.clean_up(); !cleaned) return cleaned;
  }
  if (follower_) {
    if (auto closed = follower_->close(); !closed) return closed;
  }
  // A log that has come past its beginning keeps one file, which says where it goes on.
  const bool in_file = log_files_.holding(writer_.end()) && writer_.end().value > 0;
  if (auto removed = log_files_.remove_from(in_file ? writer_.next_start() : writer_.end()); !removed)
    return removed;
  if (auto written = checkpointer_->write(true); !written) return written;
  return abort_.clear();
}

void Store::read(const api::ReadRequest& request, std::function<void(api::Result<api::ReadOutcome>)> done) {
  if (auto at_once = queue_reader_.read(request, LogReader::Wait::no)) return done(std::move(*at_once));
  auto later = [this, later = request, topic = std::string(request.topic), done = std::move(done)]() mutable {
    later.topic = topic;
    done(*queue_reader_.read(later, LogReader::Wait::yes));
  };
  around_.lanes.post(Lane::read, std::move(later));
}

std::optional<api::MessageStore::Range> Store::range(std::string_view topic, api::QueueId queue) const {
  const ConsumeQueue* found = queues_.find(topic, queue);
  if (!found) return std::nullopt;
  const auto range = found->range();
  return Range{{range.first}, {range.end}};
}

std::vector<std::string> Store::topics() const {
  std::vector<std::string> names;
  for (const ConsumeQueue* queue : queues_.all()) names.push_back(queue->topic());
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

std::vector<api::QueueId> Store::queues(std::string_view topic) const {
  std::vector<api::QueueId> ids;
  for (const ConsumeQueue* queue : queues_.of(topic)) ids.push_back(queue->id());
  std::ranges::sort(ids);
  return ids;
}

void Store::find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms,
                         std::function<void(api::Result<api::QueueOffset>)> done) {
  around_.lanes.post(Lane::read, [this, topic = std::string(topic), queue, ms, done = std::move(done)] {
    done(queue_reader_.find_by_time(topic, queue, ms));
  });
}

void Store::find(api::LogOffset at, std::function<void(api::Result<api::StoredMessage>)> done) {
  around_.lanes.post(Lane::read, [this, at, done = std::move(done)] { done(reader_.message(at)); });
}

void Store::find_by_key(const api::KeyQuery& query,
                        std::function<void(api::Result<std::vector<api::StoredMessage>>)> done) {
  if (!follower_) {
    return done(
        api::Refusal{remoting::ResponseCode::system_error,
                     "this broker keeps no index of keys: set key_index = true in [plugins.store-mmap]"});
  }
  follower_->find(query, std::move(done));
}

void Store::remove_topic(std::string_view topic, api::Completion<void> done) {
  auto told = std::make_shared<api::Completion<void>>(std::move(done));
  around_.lanes.post(Lane::queues, [this, topic = std::string(topic), told] {
    // What the checkpoint claims is never dispatched again, and so cannot bring the topic back.
    if (auto written = checkpointer_->write(); !written) return told->fail({.text = written.error().text});
    empty_topic(topic, told);
  });
}

// While nobody appends: a message that has its number and is on its way into the log would come into a queue
// that begins anew, and the next one would not follow it.
void Store::empty_topic(const std::string& topic, const ToldWhenRemoved& told) {
  appender_->alone([this, topic, told] {
    if (queues_.empty_topic(topic, writer_.end())) return finish_removal(topic, told);
    // Whoever has the queues has that lane.
    around_.lanes.post(Lane::queues, [this, topic, told] { empty_topic(topic, told); });
  });
}

// Messages of the topic that came after the checkpoint are to be claimed as well, and so on the disk before.
void Store::finish_removal(const std::string& topic, const ToldWhenRemoved& told) {
  around_.lanes.post(Lane::flush, [this, topic, told] {
    if (auto flushed = flusher_->flush(); !flushed) return told->fail({.text = flushed.error().text});
    around_.lanes.post(Lane::queues, [this, topic, told] {
      IoResult<void> removed = queues_.remove_files_of(topic);
      if (removed) removed = checkpointer_->write();
      if (!removed) return told->fail({.text = removed.error().text});
      told->succeed();
    });
  });
}

api::Result<api::LogOffset> Store::walk(api::LogOffset from, ByteSize most,
                                        const std::function<void(std::span<const api::LogEntry>)>& each) {
  return reader_.walk(from, most.bytes(), each);
}

api::Result<remoting::Slice> Store::read(api::LogOffset from, ByteSize most) {
  return reader_.raw(from, most.bytes());
}

}  // namespace gantry::store
