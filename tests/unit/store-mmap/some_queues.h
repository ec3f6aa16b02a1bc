// Consume queues on a simulated disk, and a few words for what tests do with them.
#pragma once

#include "plugins/store-mmap/consume_queues.h"
#include "tests/unit/store-mmap/simulated_file_system.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

// The message's record is as long as the log is between two of them: 100 bytes.
inline QueueEntry entry_for(std::int64_t log_offset) {
  return {.at = {log_offset}, .size = 100, .tags_code = -log_offset};
}

inline std::string encoded(const QueueEntry& entry) {
  std::string bytes(QueueEntry::kSize, '\0');
  entry.encode(bytes.data());
  return bytes;
}

inline const QueueEntry kFiller{.at = {0}, .size = QueueEntry::kFillerSize, .tags_code = 0};

struct SomeQueues {
  static constexpr std::int64_t kFileSize = 100;  // five entries

  explicit SomeQueues(std::uint64_t seed = 1, std::int64_t file_size = kFileSize) : disk(seed, clock) {
    disk.plant_directory("data");
    settings.directory = "data/consumequeue";
    settings.file_size = file_size;
    settings.open_files = 4;
    start();
  }

  IoResult<void> remove_topic(const std::string& topic) {
    if (!queues->empty_topic(topic, {})) return IoError{0, "somebody else is at the queues"};
    return queues->remove_files_of(topic);
  }

  void start() { queues = std::make_unique<ConsumeQueues>(disk, settings); }
  ConsumeQueues::Opened reopen(std::optional<api::LogOffset> durable_to) {
    start();
    return queues->open(durable_to).value();
  }

  ConsumeQueue& queue(int id = 0, const std::string& topic = "orders") {
    return queues->get(topic, api::QueueId{id});
  }
  // One message more in the log, which is entry `offset` of the queue.
  void add(ConsumeQueue& to, std::int64_t offset) {
    to.add(offset, entry_for(log_end));
    log_end += 100;
    to.make_visible(to.next());
  }
  void add(ConsumeQueue& to) { add(to, to.next()); }
  void add_many(ConsumeQueue& to, int count) {
    for (int i = 0; i < count; ++i) add(to);
  }
  void checkpoint() {
    queues->write_behind().value();
    queues->sync().value();
  }

  static std::vector<QueueEntry> read(ConsumeQueue& queue, std::int64_t from, std::size_t most = 1000) {
    std::vector<QueueEntry> entries(most);
    entries.resize(queue.read(from, entries, /*may_wait=*/true).value().value());
    return entries;
  }
  static std::vector<QueueEntry> all(ConsumeQueue& queue) { return read(queue, queue.range().first); }
  // Where its entries point.
  static std::vector<std::int64_t> places(ConsumeQueue& queue) {
    std::vector<std::int64_t> places;
    for (const auto& entry : all(queue)) places.push_back(entry.at.value);
    return places;
  }

  static std::string path(std::int64_t start, int id = 0, const std::string& topic = "orders") {
    const std::string digits = std::to_string(start);
    return "data/consumequeue/" + topic + "/" + std::to_string(id) + "/" +
           std::string(20 - digits.size(), '0') + digits;
  }

  api::testing::ManualClock clock;
  SimulatedFileSystem disk;
  ConsumeQueues::Settings settings;
  std::unique_ptr<ConsumeQueues> queues;
  std::int64_t log_end = 0;
};

}  // namespace gantry::store
