#include "remoting/client.h"

#include "remoting/client_link.h"

#include <stdexcept>

namespace gantry::remoting {
namespace {

constexpr unsigned kAlarmsPerSecond = 10;

}  // namespace

void NoRequests::on_requests(Connection& connection, const Burst& burst) {
  for (const Request& request : burst.requests)
    connection.answer(request, {.code = ResponseCode::request_code_not_supported,
                                .remark = "this client answers no requests"});
}

Client::Client(IoThreads& threads, RequestSink& sink, ClientOptions options, logging::Logger& log)
    : threads_(threads),
      options_(std::move(options)),
      budget_(options_.memory_in_flight),
      setting_{.sink = sink,
               .limits = options_.limits,
               .idle = options_.limits.idle,
               .budget = budget_,
               .log = log,
               .alarms{log, kAlarmsPerSecond, std::chrono::steady_clock::now},
               .ended = [this](const Session& session) { on_ended(session); }} {
  if (!options_.tls.on) return;
  const auto context = make_tls_context(options_.tls);
  if (!context) throw std::runtime_error(context.error().text);
  tls_ = *context;
}

Client::~Client() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [address, link] : links_) {
      // Comes after every request that was given to this link before, and is waited for like a connection.
      running_.begin();
      link->thread().post([link = link, &running = running_] {
        link->stop();
        running.end();
      });
    }
  }
  running_.wait_for_none();
}

std::shared_ptr<Client::Link> Client::link_to(std::string_view address) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(address);
  if (found != links_.end()) return found->second;
  auto link = std::make_shared<Link>(*this, threads_.next(), std::string(address));
  links_.emplace(address, link);
  return link;
}

void Client::request(std::string_view address, const OutgoingRequest& request,
                     std::chrono::milliseconds timeout, Connection::ResponseHandler done) {
  const auto link = link_to(address);
  link->thread().post([link, encoded = encode_request(request, timeout, std::move(done))]() mutable {
    link->send(std::move(encoded));
  });
}

void Client::notify(std::string_view address, const OutgoingRequest& request) {
  const auto link = link_to(address);
  link->thread().post([link, encoded = encode_notice(request, options_.connect_timeout)]() mutable {
    link->send(std::move(encoded));
  });
}

void Client::keep(std::string_view address) {
  const auto link = link_to(address);
  link->thread().post([link] { link->keep(); });
}

void Client::forget(std::string_view address) {
  const auto link = link_to(address);
  link->thread().post([link] { link->forget(); });
}

void Client::on_ended(const Session& session) {
  std::vector<std::shared_ptr<Link>> links;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [address, link] : links_)
      if (address == session.peer()) links.push_back(link);
  }
  for (const auto& link : links) link->on_ended(session);
  running_.end();
}

}  // namespace gantry::remoting
