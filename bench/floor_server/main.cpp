// gantry-floor-server: the least that a server of this protocol can do, to know what the rest costs.
//
// One thread, epoll, one read and one write per burst. It splits frames, reads of each header what an
// answer needs, and answers a constant. No server that does more can be below its CPU time.
#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/socket.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <signal.h>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

namespace gantry::bench {
namespace {

constexpr std::size_t kReadBuffer = 256UL * 1024;
constexpr std::size_t kLargestFrame = 16UL * 1024 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Constant {
 public:
  explicit Constant(std::size_t body_size)
      : json_(build(body_size, Encoding::json)), binary_(build(body_size, Encoding::binary)) {}

  const Frame& in(Encoding encoding) const { return encoding == Encoding::json ? json_ : binary_; }

 private:
  static Frame build(std::size_t body_size, Encoding encoding) {
    return Frame::build({.code = 0, .flag = 1, .fields = {}, .body = std::string(body_size, 'x')}, encoding);
  }

  Frame json_;
  Frame binary_;
};

class Client {
 public:
  explicit Client(Socket socket) : socket_(std::move(socket)), in_(kReadBuffer) {}

  bool wants_to_write() const { return written_ < out_.size(); }

  // False when the connection is over. A client that does not read its answers is not read from either.
  bool serve(const Constant& constant) {
    if (!wants_to_write() && !receive(constant)) return false;
    return flush();
  }

 private:
  bool receive(const Constant& constant) {
    const ssize_t n = ::recv(socket_.fd(), in_.data() + filled_, in_.size() - filled_, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    filled_ += static_cast<std::size_t>(n);

    std::size_t used = 0;
    FrameRead read = read_frame({in_.data(), filled_});
    while (read.result == ReadResult::frame) {
      // Nine digits are what the constant has room for; the generator's opaques have them.
      const auto opaque = static_cast<std::uint32_t>(read.frame.opaque);
      if (opaque - Frame::kFirstOpaque >= Frame::kOpaques) return false;
      constant.in(in_[used + 4] == 0 ? Encoding::json : Encoding::binary).append_to(out_, opaque);
      used += read.frame_size;
      read = read_frame({in_.data() + used, filled_ - used});
    }
    filled_ -= used;
    std::memmove(in_.data(), in_.data() + used, filled_);
    if (read.frame_size > in_.size() && read.frame_size <= kLargestFrame) in_.resize(read.frame_size);
    return read.result != ReadResult::malformed && read.frame_size <= in_.size();
  }

  bool flush() {
    while (wants_to_write()) {
      const ssize_t n = ::send(socket_.fd(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno == EAGAIN;
      written_ += static_cast<std::size_t>(n);
    }
    out_.clear();
    written_ = 0;
    return true;
  }

  Socket socket_;
  std::vector<char> in_;
  std::size_t filled_ = 0;
  std::string out_;
  std::size_t written_ = 0;
};

class FloorServer {
 public:
  FloorServer(const sockaddr_in& endpoint, std::size_t body_size) : constant_(body_size) {
    sigset_t end_signals;
    sigemptyset(&end_signals);
    sigaddset(&end_signals, SIGINT);
    sigaddset(&end_signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &end_signals, nullptr);
    signals_ = Socket(::signalfd(-1, &end_signals, SFD_CLOEXEC));

    const int on = 1;
    ::setsockopt(listener_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint) != 0)
      fail("bind");
    if (::listen(listener_.fd(), 1024) != 0) fail("listen");
    watch(EPOLL_CTL_ADD, listener_.fd(), EPOLLIN);
    watch(EPOLL_CTL_ADD, signals_.fd(), EPOLLIN);
  }

  void run() {
    std::array<epoll_event, 64> events;
    for (;;) {
      const int ready = ::epoll_wait(epoll_.fd(), events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == signals_.fd()) return;
        if (fd == listener_.fd())
          accept();
        else
          serve(fd);
      }
    }
  }

 private:
  void accept() {
    Socket socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.fd() < 0) return;
    const int on = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.fd();
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    clients_.emplace(fd, std::make_unique<Client>(std::move(socket)));
  }

  void serve(int fd) {
    Client& client = *clients_.at(fd);
    const bool waited = client.wants_to_write();
    if (!client.serve(constant_)) {
      clients_.erase(fd);
      return;
    }
    if (client.wants_to_write() != waited) watch(EPOLL_CTL_MOD, fd, waited ? EPOLLIN : EPOLLOUT);
  }

  void watch(int operation, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.fd(), operation, fd, &event) != 0) fail("epoll_ctl");
  }

  Constant constant_;
  Socket epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  Socket listener_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  Socket signals_;
  std::unordered_map<int, std::unique_ptr<Client>> clients_;
};

int main_program(int argc, char** argv) {
  std::string listen = "127.0.0.1:9878";
  std::size_t body_size = 256;
  CLI::App app("Answers every request with a constant: the floor of what a request can cost.",
               "gantry-floor-server");
  app.add_option("--listen", listen, "Address to listen on, numbers only")->capture_default_str();
  app.add_option("--body-size", body_size, "Bytes of each answer's body")
      ->check(CLI::Range(0, 16 << 20))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  FloorServer server(parse_endpoint(listen), body_size);
  std::printf("gantry-floor-server ready on %s\n", listen.c_str());
  std::fflush(stdout);
  server.run();
  return 0;
}

}  // namespace
}  // namespace gantry::bench

int main(int argc, char** argv) {
  try {
    return gantry::bench::main_program(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gantry-floor-server: %s\n", e.what());
    return 1;
  }
}
