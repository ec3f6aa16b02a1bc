#include "kernel/metadata_writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace gantry::kernel {

namespace {

using Outcome = MetadataWriter::Job::Outcome;

api::Refusal closed() {
  return {.text = "the broker's metadata is closed: the broker is stopping"};
}

void settle(MetadataWriter::Job& job, Outcome outcome) {
  if (job.settle) job.settle(outcome);
}

}  // namespace

MetadataWriter::MetadataWriter(EntryTable& entries, const Setting& setting,
                               std::function<std::optional<Job>()> behind, const api::Clock& clock,
                               logging::Logger& log)
    : entries_(entries),
      setting_(setting),
      behind_(std::move(behind)),
      clock_(clock),
      log_(log),
      watchers_(log),
      next_behind_(clock.now() + setting.interval),
      thread_([this] { run(); }) {
}

void MetadataWriter::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      jobs_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  settle(job, Outcome::refused);
  job.done.fail(closed());
}

void MetadataWriter::refuse(api::Completion<void> done, api::Refusal why) {
  post({.write = [why = std::move(why)](EntryTable&) -> Result<void> { return why; },
        .done = std::move(done)});
}

void MetadataWriter::hurry(api::Completion<void> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      hurried_.push_back(std::move(done));
      hurry_ = true;
      changed_.notify_one();
      return;
    }
  }
  done.fail(closed());
}

void MetadataWriter::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  changed_.notify_one();
}

void MetadataWriter::close() {
  std::call_once(ended_, [this] {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      changed_.notify_one();
    }
    thread_.join();
  });
}

void MetadataWriter::run() {
  std::vector<Job> jobs;
  while (wait_for_work(jobs) == More::yes) {
    work_off(jobs);
    jobs.clear();
  }
}

MetadataWriter::More MetadataWriter::wait_for_work(std::vector<Job>& jobs) {
  std::vector<api::Completion<void>> hurried;
  {
    std::unique_lock lock(mutex_);
    const auto due = [this] { return hurry_ || clock_.now() >= next_behind_; };
    while (jobs_.empty() && !closing_ && !due()) changed_.wait_for(lock, next_behind_ - clock_.now());
    jobs.swap(jobs_);
    if (jobs.empty() && closed_) return More::end;
    if (closing_ && jobs.empty()) closed_ = true;  // with what is behind as the last
    if (!closed_ && !due()) return More::yes;
    hurry_ = false;
    next_behind_ = clock_.now() + setting_.interval;
    hurried.swap(hurried_);
  }
  if (auto behind = job_behind(std::move(hurried))) jobs.push_back(std::move(*behind));
  return More::yes;
}

std::optional<MetadataWriter::Job> MetadataWriter::job_behind(std::vector<api::Completion<void>> hurried) {
  auto job = behind_();
  if (!job) {
    for (auto& done : hurried) tell(done, {});
    return std::nullopt;
  }
  auto waiting = std::make_shared<std::vector<api::Completion<void>>>(std::move(hurried));
  job->done = api::Completion<void>([this, waiting](const Result<void>& outcome) {
    for (auto& done : *waiting) tell(done, outcome);
    if (outcome) {
      if (std::exchange(told_failing_at_, std::nullopt)) log_.info("offsets are written again");
      return;
    }
    const auto now = clock_.now();
    if (told_failing_at_ && now - *told_failing_at_ < std::chrono::minutes(1)) return;
    told_failing_at_ = now;
    const std::string reason = outcome.error().text;
    log_.error("offsets could not be written and are tried again",
               {{"reason", reason}, {"every", setting_.interval}});
  });
  return job;
}

void MetadataWriter::work_off(std::span<Job> jobs) {
  if (jobs.empty()) return;
  const Result<void> done = attempt(jobs);
  if (done || jobs.size() == 1) return finish(jobs, done);
  for (Job& job : jobs) finish({&job, 1}, attempt({&job, 1}));
}

Result<void> MetadataWriter::attempt(std::span<Job> jobs) {
  Result<void> done = write(jobs);
  if (!done) entries_.rollback();
  return done;
}

Result<void> MetadataWriter::write(std::span<Job> jobs) {
  if (auto begun = entries_.begin(); !begun) return begun;
  for (const Job& job : jobs)
    if (auto written = job.write(entries_); !written) return written;
  if (auto pruned = entries_.prune(setting_.tombstones_kept); !pruned) return pruned;
  return entries_.commit();
}

void MetadataWriter::finish(std::span<Job> jobs, const Result<void>& outcome) {
  for (Job& job : jobs) settle(job, outcome ? Outcome::kept : Outcome::refused);
  for (Job& job : jobs) tell(job.done, outcome);
  if (outcome) watchers_.tell();
}

void MetadataWriter::tell(api::Completion<void>& done, const Result<void>& outcome) {
  try {
    done.tell(outcome);
  } catch (const std::exception& what) {
    log_.error("whoever was told of a metadata change failed", {{"reason", what.what()}});
  }
}

}  // namespace gantry::kernel
