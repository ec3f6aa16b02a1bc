// How long a message takes from a producer to a consumer whose pull is waiting for it.
//
// One message at a time, at even intervals: the pull is there long before the next message is sent, and
// nothing else happens. Both connections are served by the thread that calls.
#pragma once

#include "bench/loadgen/histogram.h"

#include <chrono>
#include <cstddef>

#include <netinet/in.h>

namespace gantry::bench {

struct DeliveryPlan {
  sockaddr_in server{};
  double rate = 500;  // messages per second
  std::size_t body_bytes = 128;
  std::chrono::nanoseconds warmup = std::chrono::seconds(2);
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
};

struct DeliveryResult {
  Histogram send;      // from the start of the send to its answer
  Histogram delivery;  // from the same start to the pull's answer
};

// Uses the first queue of the first of the topics that topic_name.h names, which comes into being if need be.
// Throws std::runtime_error for a wrong answer: a code, another message than was sent, one too many, none.
DeliveryResult measure_delivery(const DeliveryPlan& plan);

}  // namespace gantry::bench
