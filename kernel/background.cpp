#include "kernel/background.h"

#include "kernel/serial_jobs.h"
#include "kernel/timer_queue.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace gantry::kernel {
namespace {

using std::chrono::nanoseconds;
using TimePoint = std::chrono::steady_clock::time_point;

// One timer of a plugin: in the queue until it is due, then among the plugin's jobs.
class QueuedTimer : public std::enable_shared_from_this<QueuedTimer> {
 public:
  QueuedTimer(TimerQueue& queue, const api::Clock& clock, std::shared_ptr<SerialJobs> jobs,
              std::optional<nanoseconds> period, std::function<void()> job)
      : queue_(queue), clock_(clock), jobs_(std::move(jobs)), period_(period), job_(std::move(job)) {}

  void arm(TimePoint when) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return;
    id_ = queue_.add(when, [self = shared_from_this()] { self->jobs_->post([self] { self->run(); }); });
  }

  void cancel() {
    std::optional<TimerQueue::Id> queued;
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      queued = std::exchange(id_, std::nullopt);
    }
    if (queued) queue_.remove(*queued);
  }

 private:
  // On the plugin's executor.
  void run() {
    TimePoint due;
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_ || !id_) return;
      due = std::exchange(id_, std::nullopt)->when;
    }
    // Also when the job throws, or cancels this timer.
    struct Again {
      QueuedTimer& timer;
      TimePoint due;
      ~Again() {
        if (timer.period_) timer.arm(std::max(due + *timer.period_, timer.clock_.now()));
      }
    } const again{*this, due};
    job_();
  }

  TimerQueue& queue_;
  const api::Clock& clock_;
  const std::shared_ptr<SerialJobs> jobs_;
  const std::optional<nanoseconds> period_;
  const std::function<void()> job_;

  std::mutex mutex_;
  bool cancelled_ = false;            // guarded by mutex_
  std::optional<TimerQueue::Id> id_;  // guarded by mutex_
};

class TimerHandle final : public api::Timer {
 public:
  explicit TimerHandle(std::shared_ptr<QueuedTimer> timer) : timer_(std::move(timer)) {}
  ~TimerHandle() override { timer_->cancel(); }

 private:
  std::shared_ptr<QueuedTimer> timer_;
};

class JobsOfPlugin final : public PluginJobs, public api::Timers {
 public:
  JobsOfPlugin(PluginBoundary& plugin, SerialJobs::RunSoon run_soon, TimerQueue& queue,
               const api::Clock& clock)
      : jobs_(std::make_shared<SerialJobs>(plugin, std::move(run_soon))), queue_(queue), clock_(clock) {}
  ~JobsOfPlugin() override { jobs_->close(); }

  api::Executor& executor() override { return *jobs_; }
  api::Timers& timers() override { return *this; }
  void close() override { jobs_->close(); }

  std::unique_ptr<api::Timer> after(nanoseconds delay, std::function<void()> job) override {
    return make(delay, std::nullopt, std::move(job));
  }
  std::unique_ptr<api::Timer> every(nanoseconds period, std::function<void()> job) override {
    return make(period, period, std::move(job));
  }

 private:
  std::unique_ptr<api::Timer> make(nanoseconds first, std::optional<nanoseconds> period,
                                   std::function<void()> job) {
    auto timer = std::make_shared<QueuedTimer>(queue_, clock_, jobs_, period, std::move(job));
    timer->arm(clock_.now() + std::max(first, nanoseconds::zero()));
    return std::make_unique<TimerHandle>(std::move(timer));
  }

  const std::shared_ptr<SerialJobs> jobs_;
  TimerQueue& queue_;
  const api::Clock& clock_;
};

}  // namespace

struct BackgroundThreads::Threads {
  Threads(std::size_t count, const api::Clock& the_clock) : clock(the_clock), pool(count), queue(the_clock) {}

  const api::Clock& clock;
  boost::asio::thread_pool pool;
  TimerQueue queue;  // ends first: its thread posts to the pool, and may just be doing so
};

BackgroundThreads::BackgroundThreads(std::size_t threads, const api::Clock& clock)
    : threads_(std::make_unique<Threads>(threads, clock)) {
}

BackgroundThreads::~BackgroundThreads() {
  threads_->pool.join();
}

std::unique_ptr<PluginJobs> BackgroundThreads::for_plugin(PluginBoundary& plugin) {
  auto& pool = threads_->pool;
  return std::make_unique<JobsOfPlugin>(
      plugin, [&pool](std::function<void()> job) { boost::asio::post(pool, std::move(job)); },
      threads_->queue, threads_->clock);
}

}  // namespace gantry::kernel
