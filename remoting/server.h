// A listener: accepts connections, spreads them over the I/O threads, keeps the limits, ends gracefully.
#pragma once

#include "logging/logger.h"
#include "remoting/connection.h"
#include "remoting/connection_limits.h"
#include "remoting/io_thread.h"
#include "remoting/memory_budget.h"
#include "remoting/running.h"
#include "remoting/session.h"
#include "remoting/tls.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gantry::remoting {

// Names the address that cannot be listened on, and why.
class CannotListen : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServerOptions {
  // All of them serve the same protocol. Port 0 takes a free one.
  std::vector<boost::asio::ip::tcp::endpoint> listen;
  ConnectionLimits limits;
  // More are closed as soon as they are accepted, with a line in the log.
  std::size_t max_connections = 20'000;
  // Partly received frames and unsent answers of all connections together.
  ByteSize memory_in_flight = ByteSize::mib(256);
  ServerTlsOptions tls;
};

// Thread: start() and drain() from the one that owns it, the rest from any. The I/O threads and the sink
// outlive the server; the I/O threads run from before start() until after the destructor.
class Server {
 public:
  Server(IoThreads& threads, RequestSink& sink, ServerOptions options, logging::Logger& log);
  ~Server();  // closes what is still open
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the addresses, so that endpoints() can tell them; peers are still refused. start() does it where
  // this was not called. Throws CannotListen.
  void bind();

  // Listens and serves; raises the process's limit of open files if max_connections needs it. Throws
  // CannotListen, or std::runtime_error with a sentence that names the file which cannot be used.
  void start();

  // Where it listens, with the real ports, in the order of options.listen.
  const std::vector<boost::asio::ip::tcp::endpoint>& endpoints() const { return endpoints_; }

  // Accepts no more and reads no more; when this returns no further request is handed to the sink.
  void take_no_more();

  // The same, and lets what was asked be answered and written. Whoever is not done by
  // then is closed. Returns when all connections are gone.
  void drain(std::chrono::milliseconds at_most);

  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  std::size_t memory_held() const { return budget_.held(); }

  // May change while running; applies to what begins from then on.
  void set_idle_timeout(std::chrono::milliseconds idle) { setting_.idle = idle; }

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;

  void make_room_for_connections();
  void bind_to(const boost::asio::ip::tcp::endpoint& where);
  void listen();
  boost::asio::awaitable<void> accept_all(Acceptor& acceptor);
  void admit(boost::asio::ip::tcp::socket socket, IoThread& thread);
  boost::asio::awaitable<void> watch_certificates();
  void spawn(boost::asio::awaitable<void> task);
  template <class Fn>
  void for_each_session(Fn what);

  IoThreads& threads_;
  const ServerOptions options_;
  logging::Logger& log_;
  MemoryBudget budget_;
  SessionSetting setting_;
  std::unique_ptr<ServerTls> tls_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // all on the first I/O thread
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  boost::asio::steady_timer certificate_timer_;

  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> draining_{false};
  Running running_;  // connections, coroutines, and what was posted to the I/O threads
};

}  // namespace gantry::remoting
