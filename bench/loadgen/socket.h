// A TCP connection to the server under test, and the text that names its address.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <netinet/in.h>

namespace gantry::bench {

// "127.0.0.1:9876". Numbers only: a name could resolve differently from run to run.
// Throws std::invalid_argument for anything else.
sockaddr_in parse_endpoint(std::string_view text);

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// Blocking, with TCP_NODELAY. Throws std::system_error.
Socket connect_to(const sockaddr_in& server);

// Throws std::system_error.
void make_non_blocking(const Socket& socket);
void set_receive_timeout(const Socket& socket, std::chrono::milliseconds timeout);

}  // namespace gantry::bench
