// A broker that delivers delayed messages, with its threads, its store and its metadata in a directory of the
// machine; without sockets.
#pragma once

#include "kernel/background.h"
#include "kernel/context_of_plugin.h"
#include "kernel/extension_registry.h"
#include "kernel/metadata.h"
#include "kernel/metrics_registry.h"
#include "plugins/schedule/deliveries.h"
#include "plugins/schedule/level_times.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/some_surroundings.h"
#include "tests/unit/schedule/waiting_message.h"
#include "tests/unit/store-mmap/running_store.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gantry::schedule {

// One thread: the test's; the broker has others.
class RunningBroker {
 public:
  RunningBroker(const std::filesystem::path& folder, ScheduleConfig config, store::StoreConfig store_config,
                std::chrono::nanoseconds ahead = {})
      : folder_(folder),
        config_(std::move(config)),
        store_(files_, folder / "store", std::move(store_config)) {
    store_.clock.leap(ahead);
    metadata_ = kernel::Metadata::open(folder / "data", {}, store_.clock, store_.log).value();
    background_ = std::make_unique<kernel::BackgroundThreads>(2, store_.clock);
    around_ = std::make_unique<kernel::PluginSurroundings>(kernel::PluginSurroundings{
        .clock = store_.clock,
        .identity = identity_,
        .data_dir = folder_,
        .topics = metadata_->topics(),
        .groups = metadata_->groups(),
        .offsets = metadata_->offsets(),
        .key_values = [this](std::string_view plugin) { return metadata_->key_values(plugin); },
        .parking = parking_,
        .local_calls = local_calls_,
        .background = *background_,
        .metrics = metrics_,
        .extensions = extensions_,
        .log = store_.log});
    context_ = std::make_unique<kernel::ContextOfPlugin>("schedule", *around_);
    extensions_.for_plugin(context_->boundary())->add(static_cast<api::MessageStore&>(*store_));
    watch_ = store_->watch([this](api::LogOffset) {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    deliveries_.emplace(*context_, DelayLevels::parse(config_.levels).value(), config_);
    deliveries_->start();
  }
  RunningBroker(const RunningBroker&) = delete;
  RunningBroker& operator=(const RunningBroker&) = delete;
  ~RunningBroker() {
    watch_.reset();
    deliveries_->drain();
    deliveries_->stop();
    context_->jobs().close();
    deliveries_->finish();
    metadata_->close();
    deliveries_.reset();
    context_.reset();
    store_.close();
  }

  // Told when the store has it; of each message where it is.
  std::future<store::Told> send(std::vector<WaitingMessage> messages,
                                store::AwaitedBurst::OnStored on_stored = {}) {
    std::vector<store::TestMessage> stored;
    for (WaitingMessage& message : messages) {
      static_cast<void>(message.record());
      stored.push_back({.topic = std::string(kScheduleTopic),
                        .queue = api::number(queue_of(message.level)),
                        .body = message.body,
                        .properties = message.properties,
                        .delay = DelayLevels::parse(config_.levels).value().of(message.level)});
    }
    return store_.begin(std::move(stored), std::move(on_stored));
  }
  // On its clock, and all that sleeps notices.
  void let_pass(std::chrono::nanoseconds time) {
    store_.let_pass(time);
    look_at_the_clock();
  }
  std::vector<std::string> bodies(const std::string& topic = "T", std::int32_t queue = 0) {
    return store_.bodies(topic, queue);
  }
  // By body, when it was stored.
  std::multimap<std::string, std::int64_t> times(const std::string& topic, std::int32_t queue) {
    std::multimap<std::string, std::int64_t> found;
    const auto range = store_->range(topic, api::QueueId{queue});
    if (!range) return found;
    for (api::QueueOffset at = range->first; at < range->end;) {
      const auto outcome = store_.read(topic, queue, at).value();
      if (outcome.next == at) throw std::runtime_error("the queue cannot be read on");
      for (const auto& slice : outcome.messages) {
        remoting::RecordWalker walker(slice.bytes);
        while (const auto record = walker.next())
          found.emplace(std::string(record->body()), record->store_timestamp());
      }
      at = outcome.next;
    }
    return found;
  }
  // Until the store shows it.
  void wait_until(const std::function<bool()>& there) {
    std::unique_lock lock(mutex_);
    const auto seen = [&] {
      lock.unlock();
      const bool is_there = there();
      lock.lock();
      return is_there;
    };
    const auto deadline = std::chrono::steady_clock::now() + store::RunningStore::kLongEnough;
    while (!seen()) {
      look_at_the_clock();
      // Again by itself: between the look and the wait it may have come.
      changed_.wait_for(lock, std::chrono::milliseconds(20));
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it never came");
    }
  }
  std::int64_t end_of(const std::string& topic, std::int32_t queue) {
    const auto range = store_->range(topic, api::QueueId{queue});
    return range ? range->end.value : 0;
  }
  kernel::Metadata& metadata() { return *metadata_; }

 private:
  // The timers' thread waits by the machine's clock, and the broker's is ahead of that: it looks again when
  // it is given another timer.
  void look_at_the_clock() {
    static_cast<void>(context_->timers().after(std::chrono::nanoseconds(0), [] {}));
  }

  const std::filesystem::path folder_;
  const ScheduleConfig config_;
  const api::BrokerIdentity identity_{.cluster = "c", .name = "broker-a"};
  store::PosixFileSystem files_;
  store::RunningStore store_;
  kernel::NoParking parking_;
  kernel::NoLocalCalls local_calls_;
  kernel::MetricsRegistry metrics_;
  kernel::ExtensionRegistry extensions_;
  std::unique_ptr<kernel::Metadata> metadata_;
  std::unique_ptr<kernel::BackgroundThreads> background_;
  std::unique_ptr<kernel::PluginSurroundings> around_;
  std::unique_ptr<kernel::ContextOfPlugin> context_;
  std::optional<Deliveries> deliveries_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<void> watch_;
};

}  // namespace gantry::schedule
