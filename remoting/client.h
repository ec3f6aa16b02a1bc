// Requests to servers by address: one connection for each, made when it is needed, many requests in flight.
#pragma once

#include "logging/logger.h"
#include "remoting/connection.h"
#include "remoting/connection_limits.h"
#include "remoting/io_thread.h"
#include "remoting/memory_budget.h"
#include "remoting/running.h"
#include "remoting/session.h"
#include "remoting/tls.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace gantry::remoting {

struct ClientOptions {
  ConnectionLimits limits;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(3);
  // Between attempts to reach an address that does not answer; doubles from the first to the second.
  std::chrono::milliseconds first_pause = std::chrono::milliseconds(100);
  std::chrono::milliseconds longest_pause = std::chrono::seconds(5);
  // Requests that wait for one connection to be made.
  std::size_t max_waiting = 10'000;
  ByteSize memory_in_flight = ByteSize::mib(256);
  ClientTlsOptions tls;
};

// For a client whose servers have nothing to ask it: says that a request is not supported.
class NoRequests final : public RequestSink {
 public:
  void on_requests(Connection& connection, const Burst& burst) override;
};

// Any thread. An address is "host:port", "1.2.3.4:9876" or "[::1]:9876". The I/O threads and the sink outlive
// the client; the I/O threads run until after its destructor.
class Client {
 public:
  // `sink` gets what servers ask. Throws std::runtime_error with a sentence about a TLS file that cannot be
  // used.
  Client(IoThreads& threads, RequestSink& sink, ClientOptions options, logging::Logger& log);
  ~Client();  // what is unanswered ends with RemotingErrc::client_is_stopping or connection_closed
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` runs once, on an I/O thread: with the response, or with an error of RemotingErrc. A request to an
  // address that cannot be reached fails with the attempt, not with its own timeout.
  void request(std::string_view address, const OutgoingRequest& request, std::chrono::milliseconds timeout,
               Connection::ResponseHandler done);

  // One-way: nobody tells whether it arrived.
  void notify(std::string_view address, const OutgoingRequest& request);

  // Holds a connection to `address`, made anew whenever it is lost, for what the server may ask; until
  // forget().
  void keep(std::string_view address);

  // Closes the connection to `address`.
  void forget(std::string_view address);

 private:
  class Link;

  std::shared_ptr<Link> link_to(std::string_view address);
  void on_ended(const Session& session);

  IoThreads& threads_;
  const ClientOptions options_;
  MemoryBudget budget_;
  SessionSetting setting_;
  TlsContext tls_;  // none: plain
  Running running_;

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Link>, std::less<>> links_;  // guarded by mutex_
};

}  // namespace gantry::remoting
