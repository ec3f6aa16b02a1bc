#include "remoting/client_link.h"

#include "remoting/errors.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gantry::remoting {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
constexpr auto kAsValue = net::as_tuple(net::use_awaitable);

// A connection that lived this long was a good one: its loss is followed by an attempt without a pause.
constexpr auto kGoodConnection = std::chrono::seconds(10);

// "host:port" and "[v6]:port"; an empty port when there is none.
std::pair<std::string, std::string> split(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) return {std::string(address), ""};
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {std::string(host), std::string(address.substr(colon + 1))};
}

}  // namespace

Client::Link::Link(Client& client, IoThread& thread, std::string address)
    : client_(client),
      thread_(thread),
      address_(std::move(address)),
      expiry_(thread.context()),
      pause_timer_(thread.context()),
      pause_(client.options_.first_pause) {
}

void Client::Link::send(EncodedRequest request) {
  if (session_) return session_->send(std::move(request));
  if (stopped_) return request.fail(make_error_code(RemotingErrc::client_is_stopping));
  if (waiting_.size() >= client_.options_.max_waiting)
    return request.fail(make_error_code(RemotingErrc::too_many_waiting));
  expire_at(request.deadline);
  waiting_.push_back(std::move(request));
  connect_if_wanted();
}

void Client::Link::keep() {
  kept_ = true;
  connect_if_wanted();
}

void Client::Link::forget() {
  kept_ = false;
  if (session_) session_->close("forgotten");
}

void Client::Link::stop() {
  stopped_ = true;
  kept_ = false;
  fail_waiting(make_error_code(RemotingErrc::client_is_stopping));
  pause_timer_.cancel();
  if (session_) session_->close("client stopped");
}

bool Client::Link::on_ended(const Session& session) {
  if (session_.get() != &session) return false;
  session_.reset();
  if (Clock::now() - connected_at_ >= kGoodConnection) {
    pause_ = client_.options_.first_pause;
    next_attempt_ = {};
  } else {
    pause_longer();
  }
  connect_if_wanted();
  return true;
}

void Client::Link::pause_longer() {
  next_attempt_ = Clock::now() + pause_;
  pause_ = std::min(2 * pause_, client_.options_.longest_pause);
}

void Client::Link::connect_if_wanted() {
  if (session_ || connecting_ || !wanted()) return;
  connecting_ = true;
  client_.running_.begin();
  net::co_spawn(thread_.context(), connect(shared_from_this()),
                [&running = client_.running_](const std::exception_ptr& thrown) {
                  if (thrown) std::terminate();
                  running.end();
                });
}

Client::Link::Task<void> Client::Link::connect(std::shared_ptr<Link> self) {
  Link& me = *self;
  while (me.wanted()) {
    if (Clock::now() < me.next_attempt_) {
      me.pause_timer_.expires_at(me.next_attempt_);
      co_await me.pause_timer_.async_wait(kAsValue);
      continue;
    }
    const auto why = co_await me.try_once();
    if (why.empty()) break;
    me.client_.setting_.alarms.warn("cannot connect", {{"address", me.address_}, {"reason", why}});
    me.pause_longer();
    me.fail_waiting(make_error_code(RemotingErrc::cannot_connect));
  }
  me.connecting_ = false;
}

Client::Link::Task<std::string> Client::Link::try_once() {
  const auto [host, port] = split(address_);
  struct Attempt {
    tcp::resolver resolver;
    tcp::socket socket;
    bool timed_out = false;
  };
  // Shared with the timer's handler, which may run when this frame is gone.
  const auto attempt =
      std::make_shared<Attempt>(tcp::resolver(thread_.context()), tcp::socket(thread_.context()));
  net::steady_timer timer(thread_.context(), client_.options_.connect_timeout);
  timer.async_wait([attempt](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    boost::system::error_code ignored;
    attempt->timed_out = true;
    attempt->resolver.cancel();
    attempt->socket.close(ignored);
  });

  auto [error, found] = co_await attempt->resolver.async_resolve(host, port, kAsValue);
  if (!error) std::tie(error, std::ignore) = co_await net::async_connect(attempt->socket, found, kAsValue);
  if (attempt->timed_out) co_return "no answer in time";
  if (error) co_return error.message();
  if (wanted()) begin_session(std::move(attempt->socket), host);  // or it was forgotten meanwhile
  co_return "";
}

void Client::Link::begin_session(Socket socket, const std::string& host) {
  connected_at_ = Clock::now();
  session_ = std::make_shared<Session>(thread_, client_.setting_, std::move(socket), address_);
  client_.running_.begin();
  thread_.add(session_);
  if (client_.tls_)
    session_->start_tls_client(client_.tls_, host);
  else
    session_->start_plain();
  for (auto& request : std::exchange(waiting_, {})) session_->send(std::move(request));
}

void Client::Link::fail_waiting(const boost::system::error_code& error) {
  for (auto& request : std::exchange(waiting_, {})) request.fail(error);
}

void Client::Link::expire_at(Clock::time_point when) {
  if (when >= next_expiry_) return;
  next_expiry_ = when;
  expiry_.expires_at(when);
  expiry_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled) self->expire_waiting();
  });
}

void Client::Link::expire_waiting() {
  const auto now = Clock::now();
  next_expiry_ = Clock::time_point::max();
  std::vector<EncodedRequest> late;
  std::erase_if(waiting_, [&](EncodedRequest& request) {
    if (request.deadline > now) {
      expire_at(request.deadline);
      return false;
    }
    late.push_back(std::move(request));
    return true;
  });
  for (auto& request : late) request.fail(make_error_code(RemotingErrc::timed_out));
}

}  // namespace gantry::remoting
