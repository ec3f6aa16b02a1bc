// Many consumers that wait for messages which do not come: each with a connection, a heartbeat now and then,
// and pulls that are parked at the end of a queue.
//
// Thread: the one that constructs it.
#pragma once

#include "bench/loadgen/messages.h"
#include "bench/loadgen/socket.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>

namespace gantry::bench {

struct CrowdPlan {
  sockaddr_in server{};
  std::size_t clients = 1000;
  std::size_t groups = 100;  // that the clients are spread over
  std::size_t pulls = 1;     // of each client, on the topic's queues in turn
  std::chrono::milliseconds suspend{15'000};
  std::chrono::seconds heartbeat_period{30};  // a broker forgets whom it has not heard of for 120 s
  MessageShape messages;                      // of the first topic, which must be there
};

class Crowd {
 public:
  // Connects all, makes them known and sends their pulls. Throws std::runtime_error when the server refuses
  // one.
  explicit Crowd(const CrowdPlan& plan);

  // Answers come when pulls have waited long enough, and each brings the next pull. Returns after this time;
  // throws std::runtime_error for an answer that no parked pull can have, and when a connection is lost.
  void attend(std::chrono::nanoseconds time);

 private:
  struct Client {
    std::string heartbeat;  // the bytes
    Socket socket;
    std::string received;
  };

  void pull(Client& client, std::size_t queue);
  void receive(Client& client);
  void send_heartbeats();

  CrowdPlan plan_;
  std::vector<std::uint64_t> ends_;  // of the queues: where pulls wait
  std::vector<Client> clients_;
  Socket epoll_;
  std::chrono::steady_clock::time_point next_heartbeats_;
};

}  // namespace gantry::bench
