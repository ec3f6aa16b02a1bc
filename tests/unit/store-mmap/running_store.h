// A store as a broker has it, for tests: with its threads, in a directory of the machine. It is opened, fed,
// read, closed or left as a killed process leaves it, and opened again. How full the disk is does not matter.
#pragma once

#include "logging/capturing_logger.h"
#include "plugins/store-mmap/store.h"
#include "plugins/store-mmap/thread_lanes.h"
#include "remoting/message_record_view.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

// The machine's time, and as much more as a test lets pass.
class LeapingClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now() + ahead_.load();
  }
  std::chrono::system_clock::time_point date() const override {
    return std::chrono::system_clock::now() + ahead_.load();
  }
  void leap(std::chrono::nanoseconds by) { ahead_ = ahead_.load() + by; }  // Thread: one

 private:
  std::atomic<std::chrono::nanoseconds> ahead_{};
};

// A burst whose sender waits for the answer, or does not.
class AwaitedBurst final : public api::AppendBurst {
 public:
  using OnStored = std::function<void(const Told&)>;
  explicit AwaitedBurst(std::vector<TestMessage> messages, OnStored on_stored = {})
      : burst_(std::move(messages), told_), on_stored_(std::move(on_stored)) {}
  std::future<Told> told() { return promise_.get_future(); }

  std::span<api::Draft> drafts() override { return burst_.drafts(); }
  void written(std::span<const api::Appended> outcomes, api::LogOffset end) noexcept override {
    burst_.written(outcomes, end);
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    burst_.stored(outcome);
    if (on_stored_) on_stored_(*told_);
    promise_.set_value(*told_);
  }

 private:
  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
  TestBurst burst_;
  const OnStored on_stored_;
  std::promise<Told> promise_;
};

class RunningStore {
 public:
  // A wait that takes longer is a failure.
  static constexpr std::chrono::seconds kLongEnough{60};

  RunningStore(FileSystem& files, std::filesystem::path directory, StoreConfig config = small_files())
      : files_(files), directory_(std::move(directory)), config_(without_watching(std::move(config))) {
    open();
  }
  RunningStore(const RunningStore&) = delete;
  RunningStore& operator=(const RunningStore&) = delete;
  ~RunningStore() {
    if (store_) leave();
  }

  void open() {
    lanes_ = std::make_unique<ThreadLanes>(clock, [this](Lane lane, const std::exception_ptr& thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& why) {
        log.error("a job of the store failed", {{"lane", thread_name(lane)}, {"because", why.what()}});
      }
    });
    store_ = std::make_unique<Store>(config_, directory_, Store::Surroundings{files_, *lanes_, clock, log});
    store_->open();
    store_->start();
  }
  void close() {
    lanes_->stop();
    store_->close();
    store_.reset();
  }
  // As a process that is killed: what it wrote is in the page cache, and nothing is tidied up.
  void leave() {
    lanes_->stop();
    store_.reset();
  }
  void open_again() {
    close();
    open();
  }

  // On its clock, and its lanes notice.
  void let_pass(std::chrono::nanoseconds time) {
    clock.leap(time);
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes_->post(static_cast<Lane>(lane), [] {});
  }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  const std::filesystem::path& directory() const { return directory_; }
  StoreConfig& config() { return config_; }  // for the next open()

  // Told later, in the lane or thread that knows.
  std::future<Told> begin(std::vector<TestMessage> messages, AwaitedBurst::OnStored on_stored = {}) {
    auto burst = std::make_unique<AwaitedBurst>(std::move(messages), std::move(on_stored));
    auto told = burst->told();
    store_->append(std::move(burst));
    return told;
  }
  Told append(std::vector<TestMessage> messages) { return answer(begin(std::move(messages))); }

  api::Result<api::ReadOutcome> read(const std::string& topic, std::int32_t queue, api::QueueOffset from) {
    return ask<api::Result<api::ReadOutcome>>([&](auto done) {
      store_->read({.topic = topic, .queue = api::QueueId{queue}, .from = from, .filter = nullptr}, done);
    });
  }
  // The bodies of all that the queue has; ends with "cannot be read: why" where it cannot be.
  std::vector<std::string> bodies(const std::string& topic = "T", std::int32_t queue = 0) {
    std::vector<std::string> found;
    const auto range = store_->range(topic, api::QueueId{queue});
    if (!range) return found;
    for (api::QueueOffset at = range->first; at < range->end;) {
      const auto outcome = read(topic, queue, at);
      if (!outcome || outcome->next == at) {
        found.push_back("cannot be read: " + (outcome ? "nothing is there" : outcome.error().text));
        break;
      }
      for (const auto& slice : outcome->messages) {
        remoting::RecordWalker walker(slice.bytes);
        while (const auto record = walker.next()) found.emplace_back(record->body());
      }
      at = outcome->next;
    }
    return found;
  }
  api::Result<std::vector<api::StoredMessage>> find_by_key(const std::string& topic, const std::string& key) {
    return ask<api::Result<std::vector<api::StoredMessage>>>(
        [&](auto done) { store_->find_by_key({.topic = topic, .key = key, .most = 1000}, done); });
  }
  api::Result<api::QueueOffset> find_by_time(const std::string& topic, std::int32_t queue, std::int64_t ms) {
    return ask<api::Result<api::QueueOffset>>(
        [&](auto done) { store_->find_by_time(topic, api::QueueId{queue}, ms, done); });
  }

  // What an asked question is answered.
  template <class T, class Ask>
  static T ask(const Ask& question) {
    auto told = std::make_shared<std::promise<T>>();
    auto future = told->get_future();
    question([told](T outcome) { told->set_value(std::move(outcome)); });
    return answer(std::move(future));
  }
  template <class T>
  static T answer(std::future<T> told) {
    if (told.wait_for(kLongEnough) != std::future_status::ready) throw std::runtime_error("never answered");
    return told.get();
  }

 private:
  FileSystem& files_;
  const std::filesystem::path directory_;
  StoreConfig config_;

 public:
  LeapingClock clock;
  logging::CapturingLogger log;

 private:
  std::unique_ptr<ThreadLanes> lanes_;
  std::unique_ptr<Store> store_;
};

}  // namespace gantry::store
