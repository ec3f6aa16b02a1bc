#include "kernel/serial_jobs.h"

#include <utility>

namespace gantry::kernel {
namespace {

// Jobs of one plugin in a row, before those of others have their turn.
constexpr int kInARow = 16;

}  // namespace

void SerialJobs::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_.push_back(std::move(job));
    if (std::exchange(scheduled_, true)) return;
  }
  run_soon_([self = shared_from_this()] { self->run_some(); });
}

void SerialJobs::run_some() {
  std::unique_lock lock(mutex_);
  for (int n = 0; n < kInARow && !waiting_.empty(); ++n) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    running_ = true;
    lock.unlock();
    plugin_.guard("job", job);
    // What the job holds may belong to the plugin: it goes before close() returns.
    job = nullptr;
    lock.lock();
    running_ = false;
    if (closed_) return idle_.notify_all();
  }
  if (waiting_.empty()) {
    scheduled_ = false;
    return;
  }
  lock.unlock();
  run_soon_([self = shared_from_this()] { self->run_some(); });
}

void SerialJobs::close() {
  std::deque<std::function<void()>> dropped;
  std::unique_lock lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
  idle_.wait(lock, [this] { return !running_; });
  lock.unlock();
}

}  // namespace gantry::kernel
