// A server for tests: a thread that answers each frame by a rule.
#pragma once

#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/socket.h"

#include <functional>
#include <optional>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace gantry::bench {

class ScriptedPeer {
 public:
  // What to send back for a frame, possibly nothing; nullopt closes the connection. Runs on the peer's
  // thread.
  using Rule = std::function<std::optional<std::string>(const ReceivedFrame&)>;

  explicit ScriptedPeer(Rule rule)
      : rule_(std::move(rule)), listener_(::socket(AF_INET, SOCK_STREAM, 0)), end_(::eventfd(0, 0)) {
    endpoint_.sin_family = AF_INET;
    endpoint_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof endpoint_;
    ::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&endpoint_), size);
    ::listen(listener_.fd(), 16);
    ::getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&endpoint_), &size);
    thread_ = std::jthread([this] { serve(); });
  }

  ~ScriptedPeer() { ::eventfd_write(end_.fd(), 1); }

  const sockaddr_in& endpoint() const { return endpoint_; }

  // From the rule: to all connections but the one that it is called for.
  void send_to_others(const std::string& bytes) {
    for (const Client& client : clients_)
      if (&client != served_) ::send(client.socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  struct Client {
    Socket socket;
    std::string bytes;
  };

  void serve() {
    for (;;) {
      std::vector<pollfd> watched{{end_.fd(), POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
      for (const Client& client : clients_) watched.push_back({client.socket.fd(), POLLIN, 0});
      ::poll(watched.data(), watched.size(), -1);
      if (watched[0].revents != 0) return;
      for (std::size_t i = clients_.size(); i-- > 0;)
        if (watched[i + 2].revents != 0 && !serve(clients_[i]))
          clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
      if (watched[1].revents != 0)
        clients_.push_back({Socket(::accept(listener_.fd(), nullptr, nullptr)), {}});
    }
  }

  bool serve(Client& client) {
    served_ = &client;
    char bytes[65536];
    const ssize_t n = ::recv(client.socket.fd(), bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    client.bytes.append(bytes, static_cast<std::size_t>(n));
    std::string out;
    for (FrameRead read; (read = read_frame(client.bytes)).result == ReadResult::frame;
         client.bytes.erase(0, read.frame_size)) {
      const auto answer = rule_(read.frame);
      if (!answer) return false;
      out += *answer;
    }
    return ::send(client.socket.fd(), out.data(), out.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(out.size());
  }

  Rule rule_;
  Socket listener_;
  Socket end_;
  sockaddr_in endpoint_{};
  std::vector<Client> clients_;
  const Client* served_ = nullptr;
  std::jthread thread_;  // last: joined first
};

}  // namespace gantry::bench
