// gantry-floor-server: the least that a server of this protocol can do, to know what the rest costs.
//
// One thread, epoll, one read and one write per burst. It splits frames, reads of each header what an
// answer needs, and answers a constant. As a broker it also appends what came to a file, all bursts that are
// there with one call. No server that does more can be below its CPU time.
#include "bench/floor_server/appended_file.h"
#include "bench/floor_server/constant.h"
#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/socket.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <signal.h>
#include <string>
#include <string_view>
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

// Served in two steps, so that what several have sent is written together in between: take() keeps what it
// has received in place, answer() lets go of it.
class Client {
 public:
  explicit Client(Socket socket) : socket_(std::move(socket)), in_(kReadBuffer) {}

  bool wants_to_write() const { return written_ < out_.size(); }
  bool waits_for_writable = false;  // what it is watched for

  // Reads once. False when the connection is over. A client that does not read its answers is not read from
  // either.
  bool take(const Constant& constant) {
    if (wants_to_write()) return true;
    const ssize_t n = ::recv(socket_.fd(), in_.data() + filled_, in_.size() - filled_, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    filled_ += static_cast<std::size_t>(n);

    FrameRead read = read_frame({in_.data(), filled_});
    while (read.result == ReadResult::frame) {
      // Nine digits are what the constant has room for; the generator's opaques have them.
      const auto opaque = static_cast<std::uint32_t>(read.frame.opaque);
      if (opaque - Frame::kFirstOpaque >= Frame::kOpaques) return false;
      constant.in(in_[used_ + 4] == 0 ? Encoding::json : Encoding::binary).append_to(out_, opaque);
      used_ += read.frame_size;
      read = read_frame({in_.data() + used_, filled_ - used_});
    }
    wanted_ = read.frame_size;
    return read.result != ReadResult::malformed && wanted_ <= kLargestFrame;
  }

  // The frames of the last take().
  std::string_view taken() const { return {in_.data(), used_}; }

  // False when the connection is over.
  bool answer() {
    if (used_ > 0) {
      filled_ -= used_;
      std::memmove(in_.data(), in_.data() + used_, filled_);
      used_ = 0;
    }
    if (wanted_ > in_.size()) in_.resize(wanted_);
    return flush();
  }

 private:
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
  std::size_t used_ = 0;    // of it: frames that are answered in out_
  std::size_t wanted_ = 0;  // the size of the frame that has begun behind them
  std::string out_;
  std::size_t written_ = 0;
};

class FloorServer {
 public:
  FloorServer(const sockaddr_in& endpoint, const AnswerShape& answer, std::optional<AppendedFile> file)
      : constant_(answer), file_(std::move(file)) {
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
    std::vector<int> ready;
    for (;;) {
      const int count = ::epoll_wait(epoll_.fd(), events.data(), events.size(), -1);
      ready.clear();
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == signals_.fd()) return;
        if (fd == listener_.fd())
          accept();
        else
          ready.push_back(fd);
      }
      serve(ready);
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

  void serve(const std::vector<int>& ready) {
    taken_.clear();
    for (const int fd : ready) {
      Client& client = *clients_.at(fd);
      if (client.take(constant_))
        taken_.push_back(client.taken());
      else
        clients_.erase(fd);
    }
    if (file_) file_->write(taken_);
    for (const int fd : ready) answer(fd);
  }

  void answer(int fd) {
    const auto found = clients_.find(fd);
    if (found == clients_.end()) return;
    Client& client = *found->second;
    if (!client.answer()) {
      clients_.erase(found);
      return;
    }
    if (client.wants_to_write() == client.waits_for_writable) return;
    client.waits_for_writable = client.wants_to_write();
    watch(EPOLL_CTL_MOD, fd, client.waits_for_writable ? EPOLLOUT : EPOLLIN);
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
  std::optional<AppendedFile> file_;
  std::vector<std::string_view> taken_;
};

int main_program(int argc, char** argv) {
  const std::map<std::string, AnswerKind> kinds{
      {"echo", AnswerKind::echo}, {"send", AnswerKind::send}, {"pull", AnswerKind::pull}};
  std::string listen = "127.0.0.1:9878";
  AnswerShape answer;
  std::string path;
  bool sync = false;
  CLI::App app("Answers every request with a constant: the floor of what a request can cost.",
               "gantry-floor-server");
  app.add_option("--listen", listen, "Address to listen on, numbers only")->capture_default_str();
  app.add_option("--answer", answer.kind, "What is answered: echo, send or pull")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--body-size", answer.body_bytes, "Bytes of each answer's body; with pull of each message's")
      ->check(CLI::Range(0, 16 << 20))
      ->capture_default_str();
  app.add_option("--batch", answer.records, "With pull: messages of each answer")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
  app.add_option("--append", path, "File that all requests are written to before they are answered");
  app.add_flag("--sync", sync, "With --append: answer when they are on the disk");
  CLI11_PARSE(app, argc, argv);

  std::optional<AppendedFile> file;
  if (!path.empty()) file.emplace(path, sync);
  FloorServer server(parse_endpoint(listen), answer, std::move(file));
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
