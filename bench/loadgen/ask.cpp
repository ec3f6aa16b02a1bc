#include "bench/loadgen/ask.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <sys/socket.h>

namespace gantry::bench {
namespace {

// What a buffer holds of the answer before: its frame is complete, and was handed out.
void drop_first_frame(std::string& buffer) {
  if (const FrameRead read = read_frame(buffer); read.result == ReadResult::frame)
    buffer.erase(0, read.frame_size);
}

void receive_more(const Socket& socket, std::string& buffer) {
  char bytes[65536];
  for (;;) {
    const ssize_t n = ::recv(socket.fd(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) throw std::runtime_error("the server did not answer in time");
    if (n < 0)
      throw std::system_error(errno, std::generic_category(), "the connection broke while receiving");
    if (n == 0) throw std::runtime_error("the server closed the connection");
    buffer.append(bytes, static_cast<std::size_t>(n));
    return;
  }
}

}  // namespace

void send_all(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "the connection broke while sending");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

ReceivedFrame next_answer(const Socket& socket, std::string& buffer) {
  drop_first_frame(buffer);
  for (;;) {
    const FrameRead read = read_frame(buffer);
    if (read.result == ReadResult::malformed) throw std::runtime_error("the server sent a malformed frame");
    if (read.result == ReadResult::incomplete) {
      receive_more(socket, buffer);
    } else if (read.frame.is_answer()) {
      return read.frame;
    } else {
      buffer.erase(0, read.frame_size);
    }
  }
}

ReceivedFrame ask(const Socket& socket, const Command& request, std::string& buffer) {
  std::string bytes;
  Frame::build(request, Encoding::json).append_to(bytes, Frame::kFirstOpaque);
  send_all(socket, bytes);
  const ReceivedFrame answer = next_answer(socket, buffer);
  if (answer.code != 0)
    throw std::runtime_error("the server answered request " + std::to_string(request.code) + " with code " +
                             std::to_string(answer.code) + ": " + std::string(answer.remark));
  return answer;
}

}  // namespace gantry::bench
