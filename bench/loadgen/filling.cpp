#include "bench/loadgen/filling.h"

#include "bench/loadgen/ask.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

// Enough to keep a server busy; what it answers meanwhile fits the socket's buffer.
constexpr std::uint64_t kPipelined = 64;
// A cold JVM that makes ten thousand topics takes its time.
constexpr std::chrono::milliseconds kPatience = 60s;

}  // namespace

std::uint64_t fill(const sockaddr_in& server, const SendShape& shape, std::uint64_t messages) {
  const SendWorkload workload(shape);
  const auto checker = workload.checker();
  const std::uint64_t frames = workload.frames().size();
  const std::uint64_t rounds = (messages + frames * shape.batch - 1) / (frames * shape.batch);
  const Socket socket = connect_to(server);
  set_receive_timeout(socket, kPatience);
  std::string buffer;
  std::string bytes;
  for (std::uint64_t sent = 0; sent < rounds * frames;) {
    const std::uint64_t burst = std::min(kPipelined, rounds * frames - sent);
    bytes.clear();
    for (std::uint64_t i = 0; i < burst; ++i)
      workload.frames()[(sent + i) % frames].append_to(
          bytes, Frame::kFirstOpaque + static_cast<std::uint32_t>((sent + i) % Frame::kOpaques));
    send_all(socket, bytes);
    for (std::uint64_t i = 0; i < burst; ++i) {
      const ReceivedFrame answer = next_answer(socket, buffer);
      if (answer.code != 0)
        throw std::runtime_error("a message was not taken, code " + std::to_string(answer.code) + ": " +
                                 std::string(answer.remark));
      const std::uint64_t opaque = static_cast<std::uint32_t>(answer.opaque) - Frame::kFirstOpaque;
      if (const auto wrong = checker->complaint(opaque % frames, answer)) throw std::runtime_error(*wrong);
    }
    sent += burst;
  }
  return rounds * frames * shape.batch;
}

}  // namespace gantry::bench
