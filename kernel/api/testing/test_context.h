// What a plugin sees of a broker in a test: all of it in memory, on the test's thread, at a time that the
// test moves. Topics, groups, offsets and the store are the test's own, if it needs them:
//
//   TestContext context;
//   context.with_topics(my_topics);
//
// A plugin that asks for one that the test did not bring gets std::logic_error; for the store, nullptr.
#pragma once

#include "kernel/api/plugin_context.h"
#include "kernel/api/testing/manual_jobs.h"
#include "kernel/api/testing/manual_parking.h"
#include "kernel/api/testing/memory_key_values.h"
#include "kernel/api/testing/recorded_metrics.h"
#include "kernel/api/testing/scripted_local_calls.h"
#include "logging/capturing_logger.h"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace gantry::api::testing {

// One thread: the test's. Of completions that are misused it keeps the count.
class TestContext final : public PluginContext, public CompletionWatch {
 public:
  explicit TestContext(std::filesystem::path data_dir = ".") : data_dir_(std::move(data_dir)) {}

  // Lets all happen that can without time going on: jobs run, changes reach the disk, what was woken runs,
  // local calls are answered.
  void settle() {
    while (jobs_.run() || key_values_.write() || parking_.run() || local_calls_.run()) {
    }
  }

  // As a process that is killed: what has not happened yet does not, and what waits for the disk is lost. The
  // plugin, which knows nothing of it, is destroyed next, without a stop.
  void crash() {
    key_values_.lose();
    parking_.drop();
    local_calls_.drop();
    jobs_.drop();
  }

  // Moves the clock on, from timer to timer.
  void advance(std::chrono::nanoseconds by) {
    settle();
    const auto end = clock_.now() + by;
    jobs_.run_due_until(end);
    clock_.advance(end - clock_.now());
    settle();
  }

  logging::CapturingLogger& log() override { return log_; }
  RecordedMetrics& metrics() override { return metrics_; }
  ManualClock& clock() override { return clock_; }
  ManualJobs& executor() override { return jobs_; }
  ManualJobs& timers() override { return jobs_; }
  CompletionWatch& completions() override { return *this; }
  BrokerIdentity& identity() override { return identity_; }
  const std::filesystem::path& data_dir() override { return data_dir_; }
  MemoryKeyValues& key_values() override { return key_values_; }
  ManualParking& parking() override { return parking_; }
  ScriptedLocalCalls& local_calls() override { return local_calls_; }

  Topics& topics() override { return brought(topics_, "with_topics"); }
  Groups& groups() override { return brought(groups_, "with_groups"); }
  Offsets& offsets() override { return brought(offsets_, "with_offsets"); }
  MessageStore* store() override { return store_; }
  RawLog* raw_log() override { return raw_log_; }
  const DueTimes* due_times() override { return due_times_; }

  // They outlive the context.
  void with_topics(Topics& topics) { topics_ = &topics; }
  void with_groups(Groups& groups) { groups_ = &groups; }
  void with_offsets(Offsets& offsets) { offsets_ = &offsets; }
  void with_store(MessageStore& store) { store_ = &store; }
  void with_raw_log(RawLog& log) { raw_log_ = &log; }
  void with_due_times(const DueTimes& times) { due_times_ = &times; }

  void told_twice() noexcept override { ++misused_completions; }
  void dropped() noexcept override { ++misused_completions; }
  void told_late() noexcept override { ++misused_completions; }
  int misused_completions = 0;

 private:
  template <class Part>
  static Part& brought(Part* part, const std::string& how) {
    if (part == nullptr)
      throw std::logic_error("the plugin asks for what this test lacks: TestContext::" + how);
    return *part;
  }

  std::filesystem::path data_dir_;
  logging::CapturingLogger log_;
  RecordedMetrics metrics_;
  ManualClock clock_;
  ManualJobs jobs_{clock_};
  MemoryKeyValues key_values_;
  ManualParking parking_{jobs_, clock_};
  ScriptedLocalCalls local_calls_;
  BrokerIdentity identity_{.cluster = "DefaultCluster",
                           .name = "broker-a",
                           .version = "0.1.0",
                           .address = "192.0.2.2:10911",
                           .host = remoting::HostAddress::v4({192, 0, 2, 2}, 10911)};
  Topics* topics_ = nullptr;
  Groups* groups_ = nullptr;
  Offsets* offsets_ = nullptr;
  MessageStore* store_ = nullptr;
  RawLog* raw_log_ = nullptr;
  const DueTimes* due_times_ = nullptr;
};

}  // namespace gantry::api::testing
