// A store on a simulated disk, for tests: opened, fed, read, closed or not, and opened again.
#pragma once

#include "kernel/api/testing/manual_jobs.h"
#include "logging/capturing_logger.h"
#include "plugins/store-mmap/store.h"
#include "remoting/message_record_view.h"
#include "remoting/tag_hash.h"
#include "tests/unit/store-mmap/simulated_file_system.h"
#include "tests/unit/store-mmap/simulated_lanes.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

struct TestMessage {
  std::string topic = "T";
  std::int32_t queue = 0;
  std::string body = "hello";
  std::string properties;
  std::optional<std::chrono::milliseconds> delay{};
};

// What the store told about a burst.
struct Told {
  std::vector<api::Appended> outcomes;
  std::optional<api::Result<void>> stored;
  std::string why() const {
    if (!outcomes.empty() && outcomes.front().refused) return outcomes.front().refused->text;
    return stored && !*stored ? stored->error().text : "";
  }
};

class TestBurst final : public api::AppendBurst {
 public:
  TestBurst(std::vector<TestMessage> messages, std::shared_ptr<Told> told)
      : messages_(std::move(messages)), told_(std::move(told)), drafts_(messages_.size()) {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      auto& record = drafts_[i].record;
      record.queue_id = messages_[i].queue;
      record.topic = messages_[i].topic;
      record.body = messages_[i].body;
      record.properties = messages_[i].properties;
      drafts_[i].tags_code = remoting::tags_code(messages_[i].properties);
      drafts_[i].delay = messages_[i].delay;
    }
  }
  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset) noexcept override {
    told_->outcomes.assign(outcomes.begin(), outcomes.end());
  }
  void stored(const api::Result<void>& outcome) noexcept override { told_->stored = outcome; }

 private:
  const std::vector<TestMessage> messages_;
  const std::shared_ptr<Told> told_;
  std::vector<api::Draft> drafts_;
};

inline StoreConfig small_files() {
  StoreConfig config;
  config.commit_log_file_size = ByteSize::kib(16);
  config.max_message_size = ByteSize::kib(8);
  config.queue_file_entries = 16;
  config.index_slots = 11;
  config.index_entries = 40;
  // A disk of the machine may be that slow.
  config.busy_after = config.give_up_after = std::chrono::minutes(10);
  return config;
}

// For a store on a disk of the machine: tests do not ask how full that is.
inline StoreConfig without_watching(StoreConfig config = small_files()) {
  config.disk_warn_percent = config.disk_force_percent = config.disk_refuse_percent = 100;
  config.force_clean = false;
  return config;
}

class OpenedStore {
 public:
  explicit OpenedStore(StoreConfig config = small_files(), std::uint64_t seed = 1)
      : config_(std::move(config)), seed_(seed), disk(seed, clock) {
    disk.plant_directory("data");
    open();
  }
  // One that is not opened yet; its disk has these files.
  OpenedStore(StoreConfig config, const std::map<std::string, std::string>& files, std::uint64_t seed = 1)
      : config_(std::move(config)), seed_(seed), disk(seed, clock) {
    disk.plant_directory("data");
    for (const auto& [path, bytes] : files) disk.plant(path, bytes);
  }

  void open() {
    lanes = std::make_unique<SimulatedLanes>(++seed_, clock);
    store = std::make_unique<Store>(config_, "data/store", Store::Surroundings{disk, *lanes, clock, log});
    store->ask(due_times);
    store->open();
    store->start();
  }
  void close() {
    lanes->stop();
    store->close();
    store.reset();
  }
  void kill() {
    lanes->stop();
    store.reset();
    disk.kill();
  }
  void cut_power() {
    lanes->stop();
    store.reset();
    disk.power_cut();
  }

  std::shared_ptr<Told> begin(std::vector<TestMessage> messages) {
    auto told = std::make_shared<Told>();
    store->append(std::make_unique<TestBurst>(std::move(messages), told));
    return told;
  }
  // And waits until it is told.
  std::shared_ptr<Told> append(std::vector<TestMessage> messages) {
    auto told = begin(std::move(messages));
    static_cast<void>(lanes->run_until([&] { return told->stored.has_value(); }, std::chrono::minutes(1)));
    return told;
  }

  api::Result<api::ReadOutcome> read(const api::ReadRequest& request) {
    std::optional<api::Result<api::ReadOutcome>> outcome;
    store->read(request, [&](api::Result<api::ReadOutcome> told) { outcome = std::move(told); });
    static_cast<void>(lanes->run_until([&] { return outcome.has_value(); }, std::chrono::minutes(1)));
    return *outcome;
  }
  // Each file with what is in it.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> all;
    for (const auto& path : disk.all_files()) all[path.string()] = disk.text(path);
    return all;
  }

  // The bodies of all that the queue has.
  std::vector<std::string> bodies(const std::string& topic = "T", std::int32_t queue = 0) {
    std::vector<std::string> found;
    const auto range = store->range(topic, api::QueueId{queue});
    if (!range) return found;
    for (api::QueueOffset at = range->first; at < range->end;) {
      const auto outcome =
          read({.topic = topic, .queue = api::QueueId{queue}, .from = at, .filter = nullptr}).value();
      if (outcome.next == at) break;
      for (const auto& slice : outcome.messages) {
        remoting::RecordWalker walker(slice.bytes);
        while (const auto record = walker.next()) found.emplace_back(record->body());
      }
      at = outcome.next;
    }
    return found;
  }
  template <class T, class Ask>
  T wait_for(const Ask& ask) {
    std::optional<T> told;
    ask([&](T outcome) { told = std::move(outcome); });
    static_cast<void>(lanes->run_until([&] { return told.has_value(); }, std::chrono::minutes(1)));
    return *told;
  }
  void let_time_pass(std::chrono::nanoseconds time) { static_cast<void>(lanes->run_for(time)); }

 private:
  const StoreConfig config_;
  std::uint64_t seed_;

 public:
  api::testing::ManualClock clock;
  logging::CapturingLogger log;
  SimulatedFileSystem disk;
  std::unique_ptr<SimulatedLanes> lanes;
  std::unique_ptr<Store> store;
  const api::DueTimes* due_times = nullptr;  // for the next open()
};

}  // namespace gantry::store
