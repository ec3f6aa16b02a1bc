// A server for tests: answers each request with its own body, and can be told to answer later.
#pragma once

#include "logging/capturing_logger.h"
#include "remoting/server.h"

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gantry::remoting::testing {

class EchoSink final : public RequestSink {
 public:
  // What to do instead of echoing.
  std::function<void(Connection&, const Request&)> handle;
  std::atomic<int> closed{0};
  std::atomic<int> bursts{0};
  std::atomic<int> requests{0};

  void on_requests(Connection& connection, const Burst& burst) override {
    ++bursts;
    for (const Request& request : burst.requests) {
      ++requests;
      if (handle) {
        handle(connection, request);
      } else {
        const Slice body{request.body, nullptr};
        connection.answer(request, {.body = {&body, 1}});
      }
    }
  }
  void on_closed(Connection&) override { ++closed; }
};

// For what a thread does on its own soon; only a failing test waits the whole time.
template <class Fn>
[[nodiscard]] bool eventually(Fn holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

inline ServerOptions with_limits(ConnectionLimits limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

// Of a code that nothing else has.
inline Command request(std::int32_t opaque, SerializeType type = SerializeType::json) {
  return {.code = 9999, .opaque = opaque, .serialize_type = type};
}

struct EchoServer {
  explicit EchoServer(ServerOptions options = {}, std::size_t io_threads = 2) : threads(io_threads) {
    if (options.listen.empty())
      options.listen.emplace_back(boost::asio::ip::make_address("127.0.0.1"), std::uint16_t{0});
    server.emplace(threads, sink, std::move(options), log);
    threads.start();
    server->start();
  }
  ~EchoServer() {
    server.reset();
    threads.stop();
  }

  boost::asio::ip::tcp::endpoint endpoint() const { return server->endpoints().front(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(endpoint().port()); }

  // The reason that the log gives for the next connection that was closed with one.
  std::string reason_of_close() {
    const auto line = log.wait_for("connection closed");
    return line ? line->field("reason") : "no connection was closed";
  }

  logging::CapturingLogger log;
  EchoSink sink;
  IoThreads threads;
  std::optional<Server> server;
};

}  // namespace gantry::remoting::testing
