// What one connection may cost, in bytes, requests and time. Each is an option of the program that listens.
#pragma once

#include "remoting/byte_size.h"

#include <chrono>
#include <cstddef>

namespace gantry::remoting {

struct ConnectionLimits {
  // A longer frame closes its connection: there is no way to skip it without reading it.
  ByteSize frame = ByteSize::mib(16);

  // Unsent bytes above which nothing more is read from the peer until it has taken some.
  ByteSize outbox = ByteSize::mib(1);

  // Requests handed out to be answered later, above which nothing more is read.
  std::size_t unanswered = 1024;

  // No byte in either direction for this long closes.
  std::chrono::milliseconds idle = std::chrono::seconds(120);

  // A begun frame must be whole, and a begun write taken, within this time and what the slowest line that is
  // put up with needs for its bytes.
  std::chrono::milliseconds frame_time = std::chrono::seconds(30);
  std::chrono::milliseconds write_time = std::chrono::seconds(30);
  ByteSize slowest_per_second = ByteSize::kib(64);
  std::chrono::milliseconds time_for(std::size_t bytes, std::chrono::milliseconds beside) const {
    return beside + std::chrono::milliseconds(bytes * 1000 / slowest_per_second.bytes());
  }

  std::chrono::milliseconds handshake = std::chrono::seconds(5);
};

}  // namespace gantry::remoting
