// A client's connection to one address over time: made, used, lost, made again.
// Internal to remoting/client.cpp and its tests.
#pragma once

#include "remoting/client.h"

#include <deque>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gantry::remoting {

// Lives on one I/O thread: everything but the constructor runs there.
class Client::Link final : public std::enable_shared_from_this<Client::Link> {
 public:
  Link(Client& client, IoThread& thread, std::string address);

  IoThread& thread() { return thread_; }
  const std::string& address() const { return address_; }

  void send(EncodedRequest request);
  void keep();
  void forget();
  void stop();

  // True when it was this link's session.
  bool on_ended(const Session& session);

 private:
  using Clock = IoThread::Clock;
  using Socket = boost::asio::ip::tcp::socket;
  template <class T>
  using Task = boost::asio::awaitable<T>;

  bool wanted() const { return !stopped_ && (kept_ || !waiting_.empty()); }
  void connect_if_wanted();
  static Task<void> connect(std::shared_ptr<Link> self);
  Task<std::string> try_once();  // empty: connected
  void begin_session(Socket socket, const std::string& host);
  void fail_waiting(const boost::system::error_code& error);
  void expire_waiting();
  void expire_at(Clock::time_point when);
  void pause_longer();

  Client& client_;
  IoThread& thread_;
  const std::string address_;

  std::shared_ptr<Session> session_;
  std::deque<EncodedRequest> waiting_;
  boost::asio::steady_timer expiry_;
  Clock::time_point next_expiry_ = Clock::time_point::max();
  boost::asio::steady_timer pause_timer_;
  bool connecting_ = false;
  bool kept_ = false;
  bool stopped_ = false;
  std::chrono::milliseconds pause_;
  Clock::time_point next_attempt_{};
  Clock::time_point connected_at_{};
};

}  // namespace gantry::remoting
