// Does what waits for the disk, in order, so that no I/O thread has to.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gantry::namesrv {

class DiskThread {
 public:
  explicit DiskThread(std::size_t most_waiting = 1024);
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;
  ~DiskThread();  // when all that was taken on is done

  // Any thread; returns at once. False: too much is waiting already, and the job is not taken on.
  [[nodiscard]] bool post(std::function<void()> job);

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gantry::namesrv
