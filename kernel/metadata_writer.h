// The one thread that writes metadata. What was handed in while it waited for the disk goes to the disk
// together, in one transaction and with one sync; nobody else ever waits.
//
// When a transaction fails, each of its changes is tried alone, so that one that does not fit, or that is
// refused, takes no other with it. Nothing is given up for good: what comes after a full disk has space again
// is written.
//
// Thread: any, for all calls. settle, done and watchers are called on the writer's thread.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/completion.h"
#include "kernel/entry_table.h"
#include "kernel/watchers.h"
#include "logging/logger.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace gantry::kernel {

class MetadataWriter {
 public:
  // One change that is durable whole or not at all.
  struct Job {
    // Writes it. Called again, alone, when the transaction that it shared with others has failed.
    std::function<Result<void>(EntryTable& entries)> write;
    // It is on disk: let readers see it. Or it is not: whoever keeps account of it takes it back.
    enum class Outcome : std::uint8_t { kept, refused };
    std::function<void(Outcome)> settle = nullptr;
    api::Completion<void> done;
  };

  struct Setting {
    std::chrono::milliseconds interval{5000};  // between two calls of `behind`
    std::size_t tombstones_kept = 10'000;
  };

  // `behind` makes the job of what is written behind; nullopt: there is nothing. It is asked after each
  // interval, on hurry(), and once more by close(). The clock and the logger outlive the writer.
  MetadataWriter(EntryTable& entries, const Setting& setting, std::function<std::optional<Job>()> behind,
                 const api::Clock& clock, logging::Logger& log);
  MetadataWriter(const MetadataWriter&) = delete;
  ~MetadataWriter() { close(); }

  void post(Job job);
  // Refused before it was tried; `done` is told on the writer's thread all the same.
  void refuse(api::Completion<void> done, api::Refusal why);
  // Writes behind now; `done` once that is on disk.
  void hurry(api::Completion<void> done);
  void hurry();

  // After each transaction that has changed something.
  [[nodiscard]] std::shared_ptr<void> watch(std::function<void()> told) {
    return watchers_.add(std::move(told));
  }

  // Writes all that was handed in and ends the thread. Later changes are refused. Not from the writer's
  // thread.
  void close();

 private:
  void run();
  enum class More : std::uint8_t { yes, end };
  More wait_for_work(std::vector<Job>& jobs);
  void work_off(std::span<Job> jobs);
  Result<void> attempt(std::span<Job> jobs);
  Result<void> write(std::span<Job> jobs);
  void finish(std::span<Job> jobs, const Result<void>& outcome);
  void tell(api::Completion<void>& done, const Result<void>& outcome);
  std::optional<Job> job_behind(std::vector<api::Completion<void>> hurried);

  EntryTable& entries_;
  const Setting setting_;
  const std::function<std::optional<Job>()> behind_;
  const api::Clock& clock_;
  logging::Logger& log_;
  Watchers watchers_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> jobs_;  // guarded by mutex_, as is all below
  std::vector<api::Completion<void>> hurried_;
  bool hurry_ = false;
  bool closing_ = false;
  bool closed_ = false;
  std::chrono::steady_clock::time_point next_behind_;

  std::optional<std::chrono::steady_clock::time_point> told_failing_at_;  // the writer's thread only
  std::once_flag ended_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gantry::kernel
