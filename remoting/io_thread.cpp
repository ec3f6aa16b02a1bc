#include "remoting/io_thread.h"

#include "remoting/session.h"

#include <algorithm>
#include <pthread.h>
#include <sched.h>
#include <string>

#include <boost/asio/post.hpp>

namespace gantry::remoting {
namespace {

constexpr std::size_t kSpareOutboxes = 16;
constexpr std::size_t kLargestSpareOutbox = 1 << 20;
constexpr auto kDeadlineInterval = std::chrono::seconds(1);

std::size_t usable_cores() {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0)
    return static_cast<std::size_t>(CPU_COUNT(&usable));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

IoThread::IoThread(std::size_t index) : index_(index), work_(context_.get_executor()), deadlines_(context_) {
}

IoThread::~IoThread() {
  stop();
}

void IoThread::start() {
  thread_ = std::thread([this] { context_.run(); });
  pthread_setname_np(thread_.native_handle(), ("gantry-io-" + std::to_string(index_)).c_str());
}

void IoThread::stop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
  sessions_.clear();
}

void IoThread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mail_mutex_);
    mail_.push_back(std::move(job));
    if (mail_.size() != 1) return;  // whoever put the first one in has woken the thread
  }
  boost::asio::post(context_, [this] { run_mail(); });
}

void IoThread::run_mail() {
  {
    const std::lock_guard lock(mail_mutex_);
    reading_.swap(mail_);
  }
  for (const auto& job : reading_) job();
  reading_.clear();
}

void IoThread::add(std::shared_ptr<Session> session) {
  const auto id = session->id();
  sessions_.emplace(id, std::move(session));
  look_at_deadlines_by(Clock::now() + kDeadlineInterval);
}

void IoThread::remove(const Session& session) {
  sessions_.erase(session.id());
}

void IoThread::flush_soon(std::shared_ptr<Session> session) {
  to_flush_.push_back(std::move(session));
  if (to_flush_.size() != 1) return;
  boost::asio::post(context_, [this] {
    std::vector<std::shared_ptr<Session>> now;
    now.swap(to_flush_);
    for (const auto& each : now) each->flush();
  });
}

void IoThread::look_at_deadlines_by(Clock::time_point when) {
  when = std::max(when, last_look_ + kLooksApart);
  if (when < next_look_) arm(when);
}

void IoThread::arm(Clock::time_point when) {
  next_look_ = when;
  deadlines_.expires_at(when);
  deadlines_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look_at_deadlines();
  });
}

void IoThread::look_at_deadlines() {
  const auto now = Clock::now();
  next_look_ = Clock::time_point::max();
  last_look_ = now;
  ++looks_;
  auto next = now + kDeadlineInterval;
  for_each_session([&](Session& session) { next = std::min(next, session.look_at_deadlines(now)); });
  // Without connections there is nothing to wake up for; add() starts it again.
  if (!sessions_.empty()) look_at_deadlines_by(next);
}

std::shared_ptr<char[]>& IoThread::shared_buffer() {
  // Somebody may have kept the last burst's bytes: then they are theirs, and the thread takes a new buffer.
  if (!shared_buffer_ || shared_buffer_.use_count() > 1)
    shared_buffer_ = std::make_shared_for_overwrite<char[]>(kSharedBuffer);
  return shared_buffer_;
}

Outbox IoThread::spare_outbox() {
  if (spare_outboxes_.empty()) return {};
  Outbox outbox = std::move(spare_outboxes_.back());
  spare_outboxes_.pop_back();
  return outbox;
}

void IoThread::recycle(Outbox&& outbox) {
  outbox.clear();
  if (!outbox.bare() && spare_outboxes_.size() < kSpareOutboxes && outbox.capacity() <= kLargestSpareOutbox)
    spare_outboxes_.push_back(std::move(outbox));
}

IoThreads::IoThreads(std::size_t count) {
  if (count == 0) count = usable_cores();
  for (std::size_t i = 0; i < count; ++i) threads_.push_back(std::make_unique<IoThread>(i));
}

IoThreads::~IoThreads() {
  stop();
}

void IoThreads::start() {
  for (auto& thread : threads_) thread->start();
}

void IoThreads::stop() {
  for (auto& thread : threads_) thread->stop();
}

IoThread& IoThreads::next() {
  return *threads_[next_.fetch_add(1, std::memory_order_relaxed) % threads_.size()];
}

}  // namespace gantry::remoting
