// The lanes of a running broker: a thread for each lane that has had work.
//
//   ThreadLanes lanes(clock, [&](Lane lane, std::exception_ptr thrown) { ... });
//   lanes.post(Lane::flush, [&] { log.flush(); });
#pragma once

#include "kernel/api/clock.h"
#include "plugins/store-mmap/lanes.h"

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

namespace gantry::store {

// Thread: any, but stop() and the end of the object not from one of its jobs.
class ThreadLanes final : public Lanes {
 public:
  // Called on the lane's thread with what a job threw; the lane goes on afterwards. Must not throw.
  using OnException = std::function<void(Lane, std::exception_ptr)>;

  // `clock` outlives it and may be asked from any thread.
  ThreadLanes(const api::Clock& clock, OnException on_exception);
  ~ThreadLanes() override;  // stops
  ThreadLanes(const ThreadLanes&) = delete;
  ThreadLanes& operator=(const ThreadLanes&) = delete;

  void post(Lane lane, std::function<void()> job) override;

  // When it is due the job gets in line behind those that wait.
  void post_after(Lane lane, std::chrono::nanoseconds delay, std::function<void()> job) override;

  void stop() override;

 private:
  class Row;
  Row& row(Lane lane) { return *rows_[static_cast<std::size_t>(lane)]; }

  const OnException on_exception_;
  std::array<std::unique_ptr<Row>, kLanes> rows_;
  std::mutex stopping_;
};

// The name of the lane's thread, as `top -H` shows it.
const char* thread_name(Lane lane);

}  // namespace gantry::store
