// What a Java push consumer tells and asks a broker.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::bench {

struct Pull {
  std::string_view group;
  std::string_view topic;
  std::size_t queue = 0;
  std::uint64_t offset = 0;  // also what is committed
  std::size_t most_messages = 32;
  std::chrono::milliseconds suspend{15'000};  // how long it waits for a message; zero: not at all
};

// HEART_BEAT of a client that consumes all of a topic.
Command heartbeat(std::string_view client, std::string_view group, std::string_view topic);

// PULL_MESSAGE: relies on the heartbeat's subscription, and commits its offset unless that is 0.
Command pull_command(const Pull& pull);

// What a broker tells consumers when others come or go, unasked.
bool is_change_of_consumers(const ReceivedFrame& frame);

}  // namespace gantry::bench
