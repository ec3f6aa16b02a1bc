#include "remoting/server.h"

#include <algorithm>
#include <latch>
#include <sstream>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/resource.h>

namespace gantry::remoting {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
constexpr auto kAsValue = net::as_tuple(net::use_awaitable);
constexpr auto kCertificateInterval = std::chrono::seconds(5);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr unsigned kAlarmsPerSecond = 10;

std::string text_of(const tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

CannotListen cannot_listen_on(const tcp::endpoint& where, const boost::system::system_error& error) {
  return CannotListen("cannot listen on " + text_of(where) + ": " + error.code().message());
}

}  // namespace

Server::Server(IoThreads& threads, RequestSink& sink, ServerOptions options, logging::Logger& log)
    : threads_(threads),
      options_(std::move(options)),
      log_(log),
      budget_(options_.memory_in_flight),
      setting_{.sink = sink,
               .limits = options_.limits,
               .idle = options_.limits.idle,
               .budget = budget_,
               .log = log,
               .alarms{log, kAlarmsPerSecond, std::chrono::steady_clock::now},
               .ended =
                   [this](const Session&) {
                     connections_.fetch_sub(1, std::memory_order_relaxed);
                     running_.end();
                   }},
      certificate_timer_(threads.at(0).context()) {
}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
}

void Server::start() {
  auto tls = ServerTls::load(options_.tls);
  if (!tls) throw std::runtime_error(tls.error().text);
  tls_ = std::move(*tls);
  bind();
  listen();
  make_room_for_connections();
  for (auto& acceptor : acceptors_) spawn(accept_all(*acceptor));
  if (tls_->mode() != TlsMode::off) spawn(watch_certificates());
}

// Each connection is an open file, and the usual limit of a shell is far below what we promise to hold.
void Server::make_room_for_connections() {
  constexpr rlim_t kOtherFiles = 100;
  const rlim_t wanted = options_.max_connections + kOtherFiles;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted) return;
  files.rlim_cur = std::min(wanted, files.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == wanted) return;
  log_.warn("the limit of open files is below that of connections",
            {{"open_files", files.rlim_cur}, {"max_connections", options_.max_connections}});
}

void Server::bind() {
  if (!acceptors_.empty()) return;
  for (const auto& where : options_.listen) bind_to(where);
}

void Server::bind_to(const tcp::endpoint& where) {
  auto acceptor = std::make_unique<Acceptor>(threads_.at(0).context());
  try {
    acceptor->open(where.protocol());
    acceptor->set_option(Acceptor::reuse_address(true));
    acceptor->bind(where);
  } catch (const boost::system::system_error& error) {
    throw cannot_listen_on(where, error);
  }
  endpoints_.push_back(acceptor->local_endpoint());
  acceptors_.push_back(std::move(acceptor));
}

void Server::listen() {
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    try {
      acceptors_[i]->listen(1024);
    } catch (const boost::system::system_error& error) {
      throw cannot_listen_on(endpoints_[i], error);
    }
  }
}

net::awaitable<void> Server::accept_all(Acceptor& acceptor) {
  net::steady_timer pause(acceptor.get_executor());
  while (!draining_) {
    IoThread& thread = threads_.next();
    auto [error, socket] = co_await acceptor.async_accept(thread.context(), kAsValue);
    if (!error) {
      admit(std::move(socket), thread);
    } else if (error != net::error::operation_aborted && error != net::error::connection_aborted) {
      // Mostly too many open files: trying again at once would only burn the processor.
      setting_.alarms.warn("cannot accept a connection", {{"reason", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAsValue);
    }
  }
}

void Server::admit(tcp::socket socket, IoThread& thread) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  if (connections_.load(std::memory_order_relaxed) >= options_.max_connections) {
    setting_.alarms.warn("connection refused: limit reached",
                         {{"peer", text_of(remote)}, {"max_connections", options_.max_connections}});
    return;
  }
  connections_.fetch_add(1, std::memory_order_relaxed);
  running_.begin();
  auto session = std::make_shared<Session>(thread, setting_, std::move(socket), text_of(remote));
  thread.post([this, &thread, session = std::move(session)] {
    thread.add(session);
    session->serve(*tls_);
    if (draining_) session->drain();
  });
}

net::awaitable<void> Server::watch_certificates() {
  while (!draining_) {
    certificate_timer_.expires_after(kCertificateInterval);
    co_await certificate_timer_.async_wait(kAsValue);
    const auto reload = tls_->reload_if_changed();
    if (!reload)
      log_.error("changed TLS files cannot be used, the old ones stay in use",
                 {{"reason", reload.error().text}});
    else if (*reload == ServerTls::Reload::done)
      log_.info("TLS files reloaded", {{"certificate", options_.tls.certificate.string()}});
  }
}

void Server::spawn(net::awaitable<void> task) {
  running_.begin();
  net::co_spawn(threads_.at(0).context(), std::move(task), [this](const std::exception_ptr& thrown) {
    if (thrown) std::terminate();
    running_.end();
  });
}

template <class Fn>
void Server::for_each_session(Fn what) {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    IoThread& thread = threads_.at(i);
    running_.begin();
    thread.post([this, &thread, what] {
      thread.for_each_session([&](Session& session) {
        if (session.is_of(setting_)) what(session);
      });
      running_.end();
    });
  }
}

void Server::take_no_more() {
  if (acceptors_.empty()) return;
  if (!draining_.exchange(true)) {
    running_.begin();
    threads_.at(0).post([this] {
      boost::system::error_code ignored;
      for (auto& acceptor : acceptors_) acceptor->close(ignored);
      certificate_timer_.cancel();
      running_.end();
    });
  }
  for_each_session([](Session& session) { session.drain(); });
  // A thread works its mail off in order: behind this, all of its sessions have been told.
  std::latch told(static_cast<std::ptrdiff_t>(threads_.size()));
  for (std::size_t i = 0; i < threads_.size(); ++i) threads_.at(i).post([&told] { told.count_down(); });
  told.wait();
}

void Server::drain(std::chrono::milliseconds at_most) {
  if (acceptors_.empty()) return;
  take_no_more();
  if (running_.wait_for_none(at_most)) return;
  for_each_session([](Session& session) { session.close("server stopped"); });
  running_.wait_for_none();
}

}  // namespace gantry::remoting
