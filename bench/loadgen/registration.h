// Fills a name server as brokers would: B brokers that each register all T topics, and stay connected.
//
// A name server forgets a broker whose connection closes or that is silent for 120 s. So the connections
// stay open as long as this object lives, and keep_alive() asks what brokers ask between registrations
// (QUERY_DATA_VERSION), which is cheap for the server: what is measured beside it is hardly disturbed.
//
// Always with JSON headers and plain (not deflated) bodies. Errors throw std::runtime_error.
#pragma once

#include "bench/loadgen/socket.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <netinet/in.h>

namespace gantry::bench {

struct RegistrationPlan {
  sockaddr_in server{};
  std::size_t brokers = 4;
  std::size_t topics = 10'000;
  std::size_t queues = 8;  // of each topic on each broker, to read and to write
};

class Registration {
 public:
  // What brokers are told to do at least; they do it every 30 s.
  static constexpr std::chrono::seconds kKeepAlivePeriod{30};

  // Registers all, one after the other, and waits for each answer.
  explicit Registration(const RegistrationPlan& plan);

  // To be called every kKeepAlivePeriod. Throws when the server no longer knows a broker as it registered.
  void keep_alive();

 private:
  std::vector<Socket> connections_;
};

}  // namespace gantry::bench
