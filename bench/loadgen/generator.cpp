#include "bench/loadgen/generator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

#include <sys/epoll.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

// A sleep shorter than this ends later than asked on most machines: look again instead.
constexpr std::chrono::nanoseconds kShortestSleep = 200us;
// So that stop() is noticed.
constexpr std::chrono::nanoseconds kLongestSleep = 100ms;

Socket new_epoll() {
  Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (epoll.fd() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return epoll;
}

void watch(const Socket& epoll, int operation, int fd, std::size_t index, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? EPOLLOUT : 0U);
  event.data.u64 = index;
  if (::epoll_ctl(epoll.fd(), operation, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

Generator::Generator(const sockaddr_in& server, std::size_t connections, std::size_t window,
                     const Workload& workload, std::uint64_t seed)
    : workload_(workload),
      checker_(workload.checker()),
      waits_for_writable_(connections, false),
      epoll_(new_epoll()),
      capacity_(connections * window),
      random_(seed),
      next_in_order_(seed % workload.frames().size()) {
  const std::vector<Command> greeting = workload.greeting();
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.emplace_back(server, window, greeting);
    watch(epoll_, EPOLL_CTL_ADD, connections_.back().fd(), i, false);
  }
}

Tally Generator::run(const Timeline& timeline, std::optional<Schedule> schedule) {
  timeline_ = timeline;
  schedule_ = schedule;
  try {
    generate();
    drain();
  } catch (const std::exception& e) {
    tally_.failure = e.what();
  }
  finish();
  return std::move(tally_);
}

void Generator::generate() {
  TimePoint now = Clock::now();
  for (; now < timeline_.begin && !stopped(); now = Clock::now()) poll(timeline_.begin - now);
  refill_ = !schedule_;
  for (std::size_t i = 0; refill_ && i < connections_.size(); ++i) {
    fill(i);
    flush(i);
  }
  for (; now < timeline_.measure_until && !stopped(); now = Clock::now()) {
    if (schedule_) submit_due(*schedule_, now);
    poll(time_to_next_event(Clock::now()));
  }
}

void Generator::drain() {
  refill_ = false;
  for (TimePoint now = Clock::now(); in_flight_ > 0 && now < timeline_.give_up && !stopped();
       now = Clock::now())
    poll(timeline_.give_up - now);
}

// Counts what the run has left over, so that the slowest requests are not the ones that are forgotten.
void Generator::finish() {
  const TimePoint now = Clock::now();
  for (Connection& connection : connections_) {
    for (const Asked& asked : connection.abandon()) {
      ++tally_.unanswered;
      if (timeline_.measures(asked.started)) tally_.latency.record(now - asked.started);
    }
  }
  const bool complete = tally_.failure.empty() && !stopped();
  for (; schedule_ && complete && schedule_->next() < timeline_.measure_until; schedule_->advance()) {
    if (!timeline_.measures(schedule_->next())) continue;
    ++tally_.unsent;
    tally_.latency.record(timeline_.measure_until - schedule_->next());
  }
  if (successes_ > 0) tally_.answers_by_code[0] += successes_;
}

void Generator::poll(std::chrono::nanoseconds longest) {
  longest = std::clamp(longest, 0ns, kLongestSleep);
  const timespec timeout{.tv_sec = 0, .tv_nsec = longest.count()};
  std::array<epoll_event, 64> events;
  const int ready = ::epoll_pwait2(epoll_.fd(), events.data(), events.size(), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const std::size_t connection = event.data.u64;
    if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) connections_[connection].receive(*this);
    if (refill_) fill(connection);
    flush(connection);
  }
}

void Generator::fill(std::size_t connection) {
  if (connections_[connection].room() == 0) return;
  const TimePoint now = Clock::now();
  while (now < timeline_.measure_until && connections_[connection].room() > 0) submit(connection, now);
}

void Generator::submit_due(Schedule& schedule, TimePoint now) {
  for (TimePoint start = schedule.next(); start <= now && start < timeline_.measure_until;
       start = schedule.next()) {
    const auto connection = connection_with_room();
    if (!connection) break;
    submit(*connection, start);
    unflushed_.push_back(*connection);
    schedule.advance();
  }
  for (const std::size_t connection : unflushed_) flush(connection);
  unflushed_.clear();
}

void Generator::submit(std::size_t connection, TimePoint start) {
  const std::size_t frame = next_frame();
  connections_[connection].submit(workload_.frames()[frame], {frame, start});
  ++in_flight_;
}

std::optional<std::size_t> Generator::connection_with_room() {
  if (in_flight_ == capacity_) return std::nullopt;
  for (;;) {
    const std::size_t connection = next_connection_;
    next_connection_ = (next_connection_ + 1) % connections_.size();
    if (connections_[connection].room() > 0) return connection;
  }
}

void Generator::flush(std::size_t connection) {
  const bool waits = !connections_[connection].flush();
  if (waits == waits_for_writable_[connection]) return;
  waits_for_writable_[connection] = waits;
  watch(epoll_, EPOLL_CTL_MOD, connections_[connection].fd(), connection, waits);
}

std::chrono::nanoseconds Generator::time_to_next_event(TimePoint now) const {
  TimePoint next = timeline_.measure_until;
  if (schedule_ && in_flight_ < capacity_) next = std::min(next, schedule_->next());
  const std::chrono::nanoseconds wait = next - now;
  return wait < kShortestSleep ? 0ns : wait;
}

// At random by splitmix64, then the high half scaled to the range: no division, no bias that could be
// measured.
std::size_t Generator::next_frame() {
  if (workload_.in_order()) {
    const std::size_t frame = next_in_order_++;
    if (next_in_order_ == workload_.frames().size()) next_in_order_ = 0;
    return frame;
  }
  std::uint64_t z = (random_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return ((z ^ (z >> 31)) >> 32) * workload_.frames().size() >> 32;
}

void Generator::on_answer(const Asked& asked, TimePoint received, const ReceivedFrame& answer) {
  --in_flight_;
  if (timeline_.measures(asked.started)) tally_.latency.record(received - asked.started);
  answers_.store(answers_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (answer.code != 0) {
    ++tally_.answers_by_code[answer.code];
    complain("code " + std::to_string(answer.code) + ": " + std::string(answer.remark));
    return;
  }
  ++successes_;
  if (const auto wrong = checker_->complaint(asked.frame, answer)) {
    ++tally_.refused_answers;
    complain(*wrong);
  }
  messages_.store(checker_->messages(), std::memory_order_relaxed);
}

void Generator::on_stray(const ReceivedFrame& frame) {
  if (!frame.is_answer() && checker_->expects(frame)) return;
  ++tally_.stray_frames;
  complain("a frame with opaque " + std::to_string(frame.opaque) + " and flag " + std::to_string(frame.flag) +
           " answers nothing that is in flight");
}

void Generator::complain(const std::string& what) {
  if (tally_.first_complaint.empty()) tally_.first_complaint = what;
}

}  // namespace gantry::bench
