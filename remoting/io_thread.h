// The threads on which connections live: one event loop each, and what a thread's connections share.
//
// A connection stays on its thread for life, so that nothing of it needs a lock. What other threads want of
// it goes through the thread's mailbox, one wake-up for all that has gathered.
#pragma once

#include "remoting/connection.h"
#include "remoting/field_arena.h"
#include "remoting/outbox.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gantry::remoting {

class Session;

class IoThread {
 public:
  using Clock = std::chrono::steady_clock;

  explicit IoThread(std::size_t index);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  std::size_t index() const { return index_; }
  boost::asio::io_context& context() { return context_; }

  void start();
  void stop();  // ends the loop where it is and joins; connections still there are dropped

  // Any thread: runs `job` on this thread, in order. Cheap when many come together.
  void post(std::function<void()> job);
  bool is_current() const { return context_.get_executor().running_in_this_thread(); }

  // ---- From here on: this thread only.

  void add(std::shared_ptr<Session> session);
  void remove(const Session& session);
  template <class Fn>
  void for_each_session(Fn fn) {
    // A copy: what fn does may end sessions.
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_) all.push_back(session);
    for (const auto& session : all) fn(*session);
  }

  // Writes out what `session` has gathered, once the current job or burst is over.
  void flush_soon(std::shared_ptr<Session> session);

  // Sessions look at their deadlines once a second; one with an earlier deadline says so here. All look
  // together: that deadlines lie close to each other makes no more work, and one may be kLooksApart late.
  static constexpr std::chrono::milliseconds kLooksApart{20};
  void look_at_deadlines_by(Clock::time_point when);
  std::size_t looks() const { return looks_; }  // since the thread began

  // Where connections without a partly received frame read into.
  static constexpr std::size_t kSharedBuffer = 256 * 1024;
  std::shared_ptr<char[]>& shared_buffer();

  // Buffers for outboxes, so that an idle connection owns none.
  Outbox spare_outbox();
  void recycle(Outbox&& outbox);

  // Room to decode one burst in.
  std::vector<Request> burst;
  FieldArena fields;

 private:
  void run_mail();
  void arm(Clock::time_point when);
  void look_at_deadlines();

  const std::size_t index_;
  mutable boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer deadlines_;
  Clock::time_point next_look_ = Clock::time_point::max();
  Clock::time_point last_look_{};
  std::size_t looks_ = 0;
  std::thread thread_;

  std::mutex mail_mutex_;
  std::vector<std::function<void()>> mail_;     // guarded by mail_mutex_
  std::vector<std::function<void()>> reading_;  // keeps its memory between rounds

  std::unordered_map<std::uint64_t, std::shared_ptr<Session>> sessions_;
  std::vector<std::shared_ptr<Session>> to_flush_;
  std::shared_ptr<char[]> shared_buffer_;
  std::vector<Outbox> spare_outboxes_;
};

// Any thread after construction.
class IoThreads {
 public:
  // 0: as many as this process may use cores: more would only take turns.
  explicit IoThreads(std::size_t count);
  ~IoThreads();

  void start();
  void stop();

  std::size_t size() const { return threads_.size(); }
  IoThread& at(std::size_t index) { return *threads_[index]; }
  IoThread& next();  // round robin

 private:
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace gantry::remoting
