#include "bench/loadgen/misbehaviour.h"

#include "bench/loadgen/ask.h"
#include "bench/loadgen/consumer.h"
#include "bench/loadgen/socket.h"
#include "bench/loadgen/topic_name.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStep = 5ms;
constexpr std::chrono::milliseconds kPatience = 10s;
constexpr std::uint16_t kNobodysCode = 9999;
// A request that begins, of a frame of 1 KiB, and never goes on.
constexpr std::string_view kBegun{"\x00\x00\x04\x00\x00\x00\x00\x40{\"code\":", 16};
constexpr std::string_view kLongBegun{"\x01\x00\x00\x00\x00\x00\x00\x40{\"code\":", 16};  // of 16 MiB
constexpr std::string_view kWrongBeginnings[] = {
    {"\x7f\xff\xff\xff\x00\x00\x00\x40{\"code\":", 16},
    {"\x00\x00\x00\x40\x00\x00\x00\x41{\"code\":", 16},
    {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11},
};
constexpr std::uint16_t kAllTopics = 21;

// A connection whose owner does not wait for it.
class Client {
 public:
  Client(const sockaddr_in& server, const std::optional<Command>& greeting) : socket_(connect_to(server)) {
    std::string buffer;
    set_receive_timeout(socket_, kPatience);
    if (greeting) ask(socket_, *greeting, buffer);
    make_non_blocking(socket_);
  }

  // Sends the request once more, unless what was sent before is still on its way.
  // True when it was taken whole; false when the server takes no more for now.
  bool send(const Frame& request) {
    if (sent_ == bytes_.size()) {
      bytes_.clear();
      sent_ = 0;
      request.append_to(bytes_, Frame::kFirstOpaque);
    }
    sent_ += send_some(std::string_view(bytes_).substr(sent_));
    return open_ && sent_ == bytes_.size();
  }

  // How many of these bytes the server takes now.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t n = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    open_ = open_ && (n >= 0 || errno == EAGAIN || errno == EINTR);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

  // One byte more of what it has begun; the last one again and again, once there is nothing else to say.
  void trickle() { trickled_ += send_some(kLongBegun.substr(std::min(trickled_, kLongBegun.size() - 1), 1)); }

  // Reads what is there, and looks at none of it.
  void throw_away() {
    char bytes[65536];
    ssize_t n = 0;
    while ((n = ::recv(socket_.fd(), bytes, sizeof bytes, 0)) > 0) {
    }
    open_ = open_ && n < 0 && (errno == EAGAIN || errno == EINTR);
  }

  bool open() const { return open_; }

 private:
  Socket socket_;
  std::size_t trickled_ = 0;
  std::string bytes_;
  std::size_t sent_ = 0;
  bool open_ = true;
};

// How many are due in each step.
class Pace {
 public:
  explicit Pace(double rate) : per_step_(rate * std::chrono::duration<double>(kStep).count()) {}

  std::uint64_t due() {
    owed_ += per_step_;
    const auto whole = static_cast<std::uint64_t>(owed_);
    owed_ -= static_cast<double>(whole);
    return whole;
  }

 private:
  double per_step_;
  double owed_ = 0;
};

class Clients {
 public:
  Clients(const MisbehaviourPlan& plan, MisbehaviourResult& result, std::optional<Command> greeting)
      : plan_(plan), result_(result), greeting_(std::move(greeting)) {
    for (std::size_t i = 0; i < plan.connections; ++i) clients_.push_back(connect());
  }

  std::vector<Client>& all() { return clients_; }

  void replace_closed() {
    for (Client& client : clients_) {
      if (client.open()) continue;
      ++result_.closed;
      client = connect();
    }
  }

 private:
  Client connect() {
    ++result_.connections;
    return {plan_.server, greeting_};
  }

  const MisbehaviourPlan& plan_;
  MisbehaviourResult& result_;
  std::optional<Command> greeting_;
  std::vector<Client> clients_;
};

void never_read(const MisbehaviourPlan& plan, MisbehaviourResult& result, const std::function<bool()>& ended,
                const Frame& request, std::optional<Command> greeting) {
  Clients clients(plan, result, std::move(greeting));
  for (; !ended(); std::this_thread::sleep_for(kStep)) {
    for (Client& client : clients.all())
      while (client.send(request)) ++result.requests;
    clients.replace_closed();
  }
}

void pull_and_never_read(const MisbehaviourPlan& plan, MisbehaviourResult& result,
                         const std::function<bool()>& ended) {
  constexpr std::string_view kGroup = "bench-never-reads";
  const std::string topic = topic_name(0);
  const Frame pull = Frame::build(pull_command({.group = kGroup, .topic = topic}), Encoding::json);
  never_read(plan, result, ended, pull, heartbeat("192.0.2.9@never-reads", kGroup, topic));
}

void ask_and_never_read(const MisbehaviourPlan& plan, MisbehaviourResult& result,
                        const std::function<bool()>& ended) {
  const Frame request = Frame::build({.code = kAllTopics, .fields = {}, .body = {}}, Encoding::json);
  never_read(plan, result, ended, request, std::nullopt);
}

void ask_for_nothing(const MisbehaviourPlan& plan, MisbehaviourResult& result,
                     const std::function<bool()>& ended) {
  const Frame request = Frame::build({.code = kNobodysCode, .fields = {}, .body = {}}, Encoding::json);
  Clients clients(plan, result, std::nullopt);
  Pace pace(plan.rate);
  std::size_t next = 0;
  for (; !ended(); std::this_thread::sleep_for(kStep)) {
    for (std::uint64_t due = pace.due(); due > 0; --due)
      if (clients.all()[next++ % plan.connections].send(request)) ++result.requests;
    for (Client& client : clients.all()) client.throw_away();
    clients.replace_closed();
  }
}

// Resets it instead of closing: this machine would run out of ports that wait for late packets.
void say_and_reset(const sockaddr_in& server, std::string_view words) {
  const Socket socket = connect_to(server);
  send_all(socket, words);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void open_and_drop(const MisbehaviourPlan& plan, MisbehaviourResult& result,
                   const std::function<bool()>& ended, std::span<const std::string_view> words) {
  Pace pace(plan.rate);
  for (; !ended(); std::this_thread::sleep_for(kStep))
    for (std::uint64_t due = pace.due(); due > 0; --due)
      say_and_reset(plan.server, words[result.connections++ % words.size()]);
}

void trickle(const MisbehaviourPlan& plan, MisbehaviourResult& result, const std::function<bool()>& ended) {
  Clients clients(plan, result, std::nullopt);
  Pace pace(plan.rate);
  std::size_t next = 0;
  for (; !ended(); std::this_thread::sleep_for(kStep)) {
    for (std::uint64_t due = pace.due(); due > 0; --due) clients.all()[next++ % plan.connections].trickle();
    clients.replace_closed();
  }
}

void be_silent(const MisbehaviourPlan& plan, MisbehaviourResult& result, const std::function<bool()>& ended) {
  Clients clients(plan, result, std::nullopt);
  for (; !ended(); std::this_thread::sleep_for(kStep)) {
    for (Client& client : clients.all()) client.throw_away();
    clients.replace_closed();
  }
}

}  // namespace

MisbehaviourResult misbehave(const MisbehaviourPlan& plan, const std::function<bool()>& ended) {
  MisbehaviourResult result;
  switch (plan.kind) {
    case Misbehaviour::never_reads:
      pull_and_never_read(plan, result, ended);
      break;
    case Misbehaviour::asks_never_reads:
      ask_and_never_read(plan, result, ended);
      break;
    case Misbehaviour::churn:
      open_and_drop(plan, result, ended, std::span(&kBegun, 1));
      break;
    case Misbehaviour::unknown_codes:
      ask_for_nothing(plan, result, ended);
      break;
    case Misbehaviour::trickle:
      trickle(plan, result, ended);
      break;
    case Misbehaviour::wrong_beginnings:
      open_and_drop(plan, result, ended, kWrongBeginnings);
      break;
    case Misbehaviour::silent:
      be_silent(plan, result, ended);
      break;
  }
  return result;
}

}  // namespace gantry::bench
