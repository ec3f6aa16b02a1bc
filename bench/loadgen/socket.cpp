#include "bench/loadgen/socket.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace gantry::bench {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string text_of(const sockaddr_in& endpoint) {
  char address[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &endpoint.sin_addr, address, sizeof address);
  return std::string(address) + ':' + std::to_string(ntohs(endpoint.sin_port));
}

}  // namespace

sockaddr_in parse_endpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string address(text.substr(0, colon));
  const std::string_view digits = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (inet_pton(AF_INET, address.c_str(), &endpoint.sin_addr) != 1 || error != std::errc{} ||
      end != digits.data() + digits.size() || port == 0)
    throw std::invalid_argument("`" + std::string(text) + "` is not an address like 127.0.0.1:9876");
  endpoint.sin_port = htons(port);
  return endpoint;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket connect_to(const sockaddr_in& server) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) fail("socket");
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
    fail("cannot connect to " + text_of(server));
  const int on = 1;
  if (::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("TCP_NODELAY");
  return socket;
}

void make_non_blocking(const Socket& socket) {
  const int flags = ::fcntl(socket.fd(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.fd(), F_SETFL, flags | O_NONBLOCK) != 0) fail("O_NONBLOCK");
}

void set_receive_timeout(const Socket& socket, std::chrono::milliseconds timeout) {
  timeval time{};
  time.tv_sec = timeout.count() / 1000;
  time.tv_usec = timeout.count() % 1000 * 1000;
  if (::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0) fail("SO_RCVTIMEO");
}

}  // namespace gantry::bench
