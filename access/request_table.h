// The request codes that a listener serves: each with the right it needs and the handler it goes to.
//
// This is the one way from a connection to a handler, and no entry can be made without a right: nothing
// is served that the policy was not asked about. A code that is not here is answered as unsupported, a
// handler that throws costs its own request only.
#pragma once

#include "access/policy.h"
#include "access/right.h"
#include "logging/logger.h"
#include "remoting/codes.h"
#include "remoting/connection.h"

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace gantry::access {

class RequestTable final : public remoting::RequestSink {
 public:
  using Handler = std::function<void(remoting::Connection&, const remoting::Request&)>;
  using ClosedHandler = std::function<void(remoting::Connection&)>;

  // Both outlive the table. Fill it before the listener starts; afterwards it is only read.
  RequestTable(const Policy& policy, logging::Logger& log) : policy_(policy), log_(log) {}

  // A second handler for one code is a programming error and throws std::logic_error.
  void add(remoting::RequestCode code, Right needed, Handler handler);

  // The same for a handler that wants its declared header: a request whose header does not decode is
  // answered SYSTEM_ERROR with a remark that names the field, and never reaches the handler.
  template <class Header, class Fn>
  void add(remoting::RequestCode code, Right needed, Fn handler) {
    add(code, needed,
        [handler = std::move(handler)](remoting::Connection& from, const remoting::Request& request) {
          const auto header = remoting::read_header<Header>(request.command.fields);
          if (!header) return refuse_header(from, request, header.error().text());
          handler(from, request, *header);
        });
  }

  // Requests of these codes that one burst brought are handed over together, after all others of it. The
  // handler answers each, or takes the duty to (answer_later) before it can fail. The bytes stay where they
  // are as long as `pin` is kept. One table has one of these; a second is a std::logic_error.
  using Gathered = std::span<const remoting::Request* const>;
  using GatheringHandler =
      std::function<void(remoting::Connection&, Gathered, const std::shared_ptr<const void>& pin)>;
  void gather(std::initializer_list<remoting::RequestCode> codes, Right needed, GatheringHandler handler);

  // Each is told of every connection's end, in the order in which they were added.
  void at_close(ClosedHandler handler) { closed_.push_back(std::move(handler)); }

  struct Entry {
    remoting::RequestCode code;
    Right needed;
  };
  std::vector<Entry> entries() const;  // by code

  void on_requests(remoting::Connection& connection, const remoting::Burst& burst) override;
  void on_closed(remoting::Connection& connection) override;

 private:
  struct Route {
    Right needed;
    Handler handler;  // none: it is gathered
  };

  static void refuse_header(remoting::Connection& to, const remoting::Request& request, std::string_view why);
  // True: the request is to be gathered.
  bool serve(remoting::Connection& connection, const remoting::Request& request) const;
  void serve_gathered(remoting::Connection& connection, Gathered requests,
                      const std::shared_ptr<const void>& pin) const;

  const Policy& policy_;
  logging::Logger& log_;
  std::unordered_map<std::int32_t, Route> routes_;
  GatheringHandler gathering_;
  std::vector<ClosedHandler> closed_;
};

}  // namespace gantry::access
