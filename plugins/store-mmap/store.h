// The store: all its parts put together and kept going. See README.md for the map.
//
//   Store store(config, root, {files, lanes, clock, log});
//   store.open();     // recovers; throws a sentence when it cannot
//   store.start();    // begins its work in the background
//   ...
//   store.close();    // everything is on the disk, and the directory is another's to take
//
// Without close() the next open() finds what a crash left.
// Thread: the constructor, open(), start() and close() one that owns it; all else any.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/logger.h"
#include "kernel/api/message_store.h"
#include "kernel/api/raw_log.h"
#include "plugins/store-mmap/appender.h"
#include "plugins/store-mmap/checkpoint.h"
#include "plugins/store-mmap/checkpointer.h"
#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/disk_watch.h"
#include "plugins/store-mmap/entry_code.h"
#include "plugins/store-mmap/flusher.h"
#include "plugins/store-mmap/index_follower.h"
#include "plugins/store-mmap/key_index.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/log_positions.h"
#include "plugins/store-mmap/log_reader.h"
#include "plugins/store-mmap/log_writer.h"
#include "plugins/store-mmap/memory_pool.h"
#include "plugins/store-mmap/queue_reader.h"
#include "plugins/store-mmap/store_config.h"
#include "plugins/store-mmap/store_mark.h"
#include "plugins/store-mmap/watchers.h"
#include "plugins/store-mmap/write_gate.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

class Store final : public api::MessageStore, public api::RawLog {
 public:
  struct Surroundings {
    FileSystem& files;
    Lanes& lanes;
    const api::Clock& clock;
    api::Logger& log;
  };
  Store(StoreConfig config, const std::filesystem::path& root, const Surroundings& around);
  ~Store() override;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Before open(): who knows when delayed messages are due, see EntryCode.
  void ask(const api::DueTimes* times) { entry_code_.ask(times); }
  void open();
  void start();
  // The lanes are stopped before; nobody calls anything any more.
  void close();

  // Everything that was appended is on the disk, queues and index too, and the checkpoint says so. Waits.
  IoResult<void> settle();

  // --- api::MessageStore
  api::Durability durability() const override { return durability_of(config_); }
  void append(std::unique_ptr<api::AppendBurst> burst) override { appender_->append(std::move(burst)); }
  void read(const api::ReadRequest& request,
            std::function<void(api::Result<api::ReadOutcome>)> done) override;
  std::optional<Range> range(std::string_view topic, api::QueueId queue) const override;
  std::vector<std::string> topics() const override;
  std::vector<api::QueueId> queues(std::string_view topic) const override;
  void find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms,
                    std::function<void(api::Result<api::QueueOffset>)> done) override;
  void find(api::LogOffset at, std::function<void(api::Result<api::StoredMessage>)> done) override;
  void find_by_key(const api::KeyQuery& query,
                   std::function<void(api::Result<std::vector<api::StoredMessage>>)> done) override;
  void remove_topic(std::string_view topic, api::Completion<void> done) override;
  api::LogOffset first() const override { return reader_.first(); }
  api::LogOffset end() const override { return reader_.end(); }
  api::Result<api::LogOffset> walk(api::LogOffset from, ByteSize most,
                                   const std::function<void(std::span<const api::LogEntry>)>& each) override;
  std::shared_ptr<void> watch(std::function<void(api::LogOffset end)> told) override {
    return watchers_.of_log.add(std::move(told));
  }
  std::shared_ptr<void> watch_queues(std::function<void(std::span<const api::GrownQueue>)> told) override {
    return watchers_.of_queues.add(std::move(told));
  }
  ByteSize largest_body() const override { return config_.max_message_size; }

  // --- api::RawLog
  api::Result<remoting::Slice> read(api::LogOffset from, ByteSize most) override;
  void append(api::LogOffset at, std::string_view bytes, api::Completion<void> done) override;
  api::Result<void> truncate(api::LogOffset from) override;

  const LogPositions& positions() const { return positions_; }
  const WriteGate& gate() const { return gate_; }

 private:
  void recover(const Checkpoint& checkpoint, LastExit last_exit);
  void every(Lane lane, std::chrono::nanoseconds period, const std::function<void()>& job);
  void housekeep();
  void keep_up();
  void once_in(Lane lane, std::atomic<bool>& posted, const std::function<void()>& job);
  void write_checkpoint_and_rest();
  bool write_checkpoint();
  void retire_files();
  void disk_changed(const DiskChange& change);
  void trouble(std::string_view what, const IoError& error);
  using ToldWhenRemoved = std::shared_ptr<api::Completion<void>>;
  void empty_topic(const std::string& topic, const ToldWhenRemoved& told);
  void finish_removal(const std::string& topic, const ToldWhenRemoved& told);
  IoResult<void> append_raw(api::LogOffset at, std::string_view bytes);
  IoResult<void> cut_to(api::LogOffset end);
  IoResult<void> finish();

  const StoreConfig config_;
  const std::filesystem::path root_;
  const Surroundings around_;

  std::optional<StoreLock> lock_;
  AbortMark abort_;
  EntryCode entry_code_;
  Watchers watchers_;
  WriteGate gate_;
  LogPositions positions_;
  LogFiles log_files_;
  std::unique_ptr<MemoryPool> pool_;
  ConsumeQueues queues_;
  std::unique_ptr<KeyIndex> index_;
  LogWriter writer_;
  LogReader reader_;
  QueueReader queue_reader_;
  std::unique_ptr<Flusher> flusher_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<IndexFollower> follower_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<DiskWatch> disk_watch_;
  std::chrono::steady_clock::time_point last_retention_{};
  std::atomic<bool> relieving_{false}, flushing_{false}, checkpointing_{false};  // posted
  bool checkpoint_rests_ = false;                                                // lane queues
  std::atomic<api::LogOffset> queues_begin_at_{};  // they show nothing from before it
  bool opened_ = false;
};

}  // namespace gantry::store
