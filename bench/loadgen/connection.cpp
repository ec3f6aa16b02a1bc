#include "bench/loadgen/connection.h"

#include "bench/loadgen/ask.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <sys/socket.h>

namespace gantry::bench {
namespace {

constexpr std::size_t kReadBuffer = 256UL * 1024;
constexpr std::chrono::milliseconds kGreetingPatience = std::chrono::seconds(60);

}  // namespace

Connection::Connection(const sockaddr_in& server, std::size_t window, std::span<const Command> greeting)
    : socket_(connect_to(server)), slots_(window), in_(kReadBuffer) {
  set_receive_timeout(socket_, kGreetingPatience);
  std::string buffer;
  for (const Command& command : greeting) ask(socket_, command, buffer);
  // What came behind the last answer is the beginning of what the server tells unasked.
  if (!greeting.empty()) buffer.erase(0, read_frame(buffer).frame_size);
  filled_ = buffer.copy(in_.data(), in_.size());
  make_non_blocking(socket_);
  for (std::size_t i = 0; i < window; ++i) {
    slots_[i].opaque = Frame::kFirstOpaque + static_cast<std::uint32_t>(i);
    free_.push_back(window - 1 - i);
  }
}

// The next number that leads back to the same slot.
std::uint32_t Connection::opaque_after(const Slot& slot) const {
  const auto window = static_cast<std::uint32_t>(slots_.size());
  const std::uint32_t usable = Frame::kOpaques / window * window;
  return Frame::kFirstOpaque + (slot.opaque - Frame::kFirstOpaque + window) % usable;
}

void Connection::submit(const Frame& frame, const Asked& asked) {
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.opaque = opaque_after(slot);
  slot.asked = asked;
  slot.in_flight = true;
  frame.append_to(out_, slot.opaque);
}

bool Connection::flush() {
  while (written_ < out_.size()) {
    const ssize_t n = ::send(fd(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "the connection broke while sending");
    written_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  written_ = 0;
  return true;
}

void Connection::receive(AnswerSink& sink) {
  const ssize_t n = ::recv(fd(), in_.data() + filled_, in_.size() - filled_, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) throw std::system_error(errno, std::generic_category(), "the connection broke while receiving");
  if (n == 0)
    throw std::runtime_error("the server closed a connection with " + std::to_string(in_flight()) +
                             " requests in flight");
  const TimePoint received = Clock::now();
  filled_ += static_cast<std::size_t>(n);

  std::size_t used = 0;
  FrameRead read = read_frame({in_.data(), filled_});
  while (read.result == ReadResult::frame) {
    deliver(read.frame, received, sink);
    used += read.frame_size;
    read = read_frame({in_.data() + used, filled_ - used});
  }
  if (read.result == ReadResult::malformed) throw std::runtime_error("the server sent a malformed frame");
  filled_ -= used;
  std::memmove(in_.data(), in_.data() + used, filled_);
  if (read.frame_size > in_.size()) in_.resize(read.frame_size);
}

void Connection::deliver(const ReceivedFrame& frame, TimePoint received, AnswerSink& sink) {
  const std::uint32_t number = static_cast<std::uint32_t>(frame.opaque) - Frame::kFirstOpaque;
  const std::size_t index = number % slots_.size();
  Slot& slot = slots_[index];
  if (!frame.is_answer() || !slot.in_flight || slot.opaque != static_cast<std::uint32_t>(frame.opaque)) {
    sink.on_stray(frame);
    return;
  }
  slot.in_flight = false;
  free_.push_back(index);
  sink.on_answer(slot.asked, received, frame);
}

std::vector<Asked> Connection::abandon() {
  std::vector<Asked> lost;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].in_flight) continue;
    lost.push_back(slots_[i].asked);
    slots_[i].in_flight = false;
    free_.push_back(i);
  }
  return lost;
}

}  // namespace gantry::bench
