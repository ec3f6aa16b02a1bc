#include "bench/loadgen/crowd.h"

#include "bench/loadgen/ask.h"
#include "bench/loadgen/consumer.h"
#include "bench/loadgen/topic_name.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience = 60s;
constexpr std::int32_t kPullNotFound = 19;
// A pull's opaque is kFirstOpaque + its queue; a heartbeat's is none of those.
constexpr std::uint32_t kHeartbeatOpaque = Frame::kFirstOpaque + 100'000;

std::string group_name(std::size_t group) {
  return "bench-crowd-" + std::to_string(1000 + group);
}

Command pull_of(const std::string& group, const std::string& topic, std::size_t queue, std::uint64_t offset,
                std::chrono::milliseconds suspend) {
  return pull_command({.group = group, .topic = topic, .queue = queue, .offset = offset, .suspend = suspend});
}

// Every answer of a store to a pull says it.
std::uint64_t end_of_queue(const ReceivedFrame& answer) {
  const auto text = header_field(answer, "maxOffset");
  std::uint64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
    throw std::runtime_error("a pull was answered with code " + std::to_string(answer.code) + ": " +
                             std::string(answer.remark));
  return value;
}

}  // namespace

Crowd::Crowd(const CrowdPlan& plan)
    : plan_(plan),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      next_heartbeats_(Clock::now() + plan.heartbeat_period) {
  if (epoll_.fd() < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  const std::string topic = topic_name(0);
  for (std::size_t i = 0; i < plan.clients; ++i) {
    const Command command = heartbeat("192.0.2.9@" + std::to_string(i), group_name(i % plan.groups), topic);
    Client& client = clients_.emplace_back();
    client.socket = connect_to(plan.server);
    set_receive_timeout(client.socket, kPatience);
    ask(client.socket, command, client.received);
    Frame::build(command, Encoding::json).append_to(client.heartbeat, kHeartbeatOpaque);
  }
  Client& first = clients_.front();
  for (std::size_t queue = 0; queue < plan.messages.queues; ++queue) {
    std::string bytes;
    Frame::build(pull_of(group_name(0), topic, queue, 0, 0ms), Encoding::json)
        .append_to(bytes, Frame::kFirstOpaque);
    send_all(first.socket, bytes);
    ends_.push_back(end_of_queue(next_answer(first.socket, first.received)));
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = clients_[i];
    // What it has of the last answer has been handed out.
    client.received.erase(0, read_frame(client.received).frame_size);
    for (std::size_t n = 0; n < plan.pulls; ++n) pull(client, (i + n) % plan.messages.queues);
    make_non_blocking(client.socket);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, client.socket.fd(), &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Crowd::pull(Client& client, std::size_t queue) {
  const auto index = static_cast<std::size_t>(&client - clients_.data());
  std::string bytes;
  Frame::build(pull_of(group_name(index % plan_.groups), topic_name(0), queue, ends_[queue], plan_.suspend),
               Encoding::json)
      .append_to(bytes, Frame::kFirstOpaque + static_cast<std::uint32_t>(queue));
  send_all(client.socket, bytes);
}

void Crowd::attend(std::chrono::nanoseconds time) {
  const auto end = Clock::now() + time;
  std::array<epoll_event, 256> events;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    if (now >= next_heartbeats_) send_heartbeats();
    const auto wait = std::min(end, next_heartbeats_) - now;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    const int ready = ::epoll_wait(epoll_.fd(), events.data(), events.size(), static_cast<int>(milliseconds));
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
    for (int i = 0; i < ready; ++i) receive(clients_[events[static_cast<std::size_t>(i)].data.u64]);
  }
}

void Crowd::receive(Client& client) {
  char bytes[65536];
  const ssize_t n = ::recv(client.socket.fd(), bytes, sizeof bytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) throw std::system_error(errno, std::generic_category(), "a consumer's connection broke");
  if (n == 0) throw std::runtime_error("the server closed a consumer's connection");
  client.received.append(bytes, static_cast<std::size_t>(n));
  for (FrameRead read; (read = read_frame(client.received)).result != ReadResult::incomplete;
       client.received.erase(0, read.frame_size)) {
    if (read.result == ReadResult::malformed) throw std::runtime_error("the server sent a malformed frame");
    const ReceivedFrame& frame = read.frame;
    const auto opaque = static_cast<std::uint32_t>(frame.opaque);
    if (is_change_of_consumers(frame) || (opaque == kHeartbeatOpaque && frame.code == 0)) continue;
    const std::size_t queue = opaque - Frame::kFirstOpaque;
    if (frame.code != 0 && frame.code != kPullNotFound)
      throw std::runtime_error("a consumer was answered with code " + std::to_string(frame.code) + ": " +
                               std::string(frame.remark));
    if (queue >= ends_.size())
      throw std::runtime_error("a consumer got an answer to nothing that it had asked");
    ends_[queue] = std::max(ends_[queue], end_of_queue(frame));
    pull(client, queue);
  }
}

void Crowd::send_heartbeats() {
  for (const Client& client : clients_) send_all(client.socket, client.heartbeat);
  next_heartbeats_ += plan_.heartbeat_period;
}

}  // namespace gantry::bench
