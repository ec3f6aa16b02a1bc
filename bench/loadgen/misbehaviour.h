// Clients that no broker wants, so that what they cost the others can be measured.
//
// Thread: the one that calls.
#pragma once

#include "bench/loadgen/messages.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include <netinet/in.h>

namespace gantry::bench {

enum class Misbehaviour : std::uint8_t {
  never_reads,       // asks for messages, as many as the server lets it, and reads no answer
  asks_never_reads,  // the same with requests whose answers the server has to make: all its topics
  churn,             // connects, begins a request and resets the connection
  unknown_codes,     // asks for what no server has, and reads the refusals
  trickle,           // begins the longest request that there may be, and goes on byte by byte
  wrong_beginnings,  // connects and sends a length that no request has, or what a TLS client begins with
  silent,            // connects, and is as quiet as if its machine were gone
};

struct MisbehaviourPlan {
  sockaddr_in server{};
  Misbehaviour kind = Misbehaviour::never_reads;
  std::size_t connections = 8;  // at a time; churn and wrong_beginnings have one
  double rate =
      1'000;  // connections, requests or bytes per second, of all together; where that means something
  MessageShape messages;  // never_reads: of the first topic, which holds some
};

struct MisbehaviourResult {
  std::uint64_t connections = 0;  // that were made
  std::uint64_t requests = 0;     // that were sent whole
  std::uint64_t closed = 0;       // connections that the server closed
};

// Goes on until `ended` says so, which it asks every few milliseconds. A connection that the server closes is
// made again; a server that takes no more connections throws std::system_error.
MisbehaviourResult misbehave(const MisbehaviourPlan& plan, const std::function<bool()>& ended);

}  // namespace gantry::bench
