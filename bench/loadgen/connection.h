// One pipelined connection: up to `window` requests in flight, answers in any order.
//
// Each in-flight request has a slot; the slot's number is part of the opaque, so an answer finds its
// request without a search, and an answer that nobody waits for is noticed.
//
// Thread: one generator thread. A lost connection or a peer that does not speak the protocol throws
// std::runtime_error: the run is over then.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/socket.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gantry::bench {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

// The request that an answer belongs to.
struct Asked {
  std::size_t frame = 0;  // its index in the workload
  TimePoint started;      // when it was sent, or was to be sent
};

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void on_answer(const Asked& asked, TimePoint received, const ReceivedFrame& answer) = 0;
  // A frame that answers nothing which is in flight.
  virtual void on_stray(const ReceivedFrame& frame) = 0;
};

class Connection {
 public:
  // Connects, and asks the greeting one by one. Throws std::runtime_error when that fails.
  Connection(const sockaddr_in& server, std::size_t window, std::span<const Command> greeting = {});

  int fd() const { return socket_.fd(); }
  std::size_t room() const { return free_.size(); }
  std::size_t in_flight() const { return slots_.size() - free_.size(); }

  // Needs room(). The bytes leave with the next flush().
  void submit(const Frame& frame, const Asked& asked);

  // Writes what the socket takes; false when something is left for when it is writable again.
  bool flush();

  // Reads once, and hands over what has arrived completely.
  void receive(AnswerSink& sink);

  // Gives up on what is in flight: each such request, once.
  std::vector<Asked> abandon();

 private:
  struct Slot {
    Asked asked;
    std::uint32_t opaque = 0;
    bool in_flight = false;
  };

  void deliver(const ReceivedFrame& frame, TimePoint received, AnswerSink& sink);
  std::uint32_t opaque_after(const Slot& slot) const;

  Socket socket_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;
  std::string out_;
  std::size_t written_ = 0;
  std::vector<char> in_;
  std::size_t filled_ = 0;
};

}  // namespace gantry::bench
