// Extension point: own request codes of the native protocol.
//
//   std::vector<Served> serves() const override { return {{kHello, access::Right::open}}; }
//
//   void handle(remoting::Connection& from, const remoting::Request& request) override {
//     const auto asked = remoting::read_header<HelloRequest>(request.command.fields);
//     if (!asked) {
//       const std::string why = asked.error().text();
//       return from.answer(request, {.code = ResponseCode::system_error, .remark = why});
//     }
//     from.answer(request, {.header = HelloResponse{...}});
//   }
//
// remoting/header_fields.h tells how the fields of a request and of its answer are declared.
#pragma once

#include "access/right.h"
#include "remoting/codes.h"
#include "remoting/connection.h"

#include <vector>

namespace gantry::api {

// Thread: the I/O thread of the connection, so several at once; it must not wait. What takes longer is
// answered through from.answer_later(request). An exception is answered SYSTEM_ERROR, for that one request.
class RequestHandler {
 public:
  struct Served {
    remoting::RequestCode code;
    access::Right needed;  // the access policy is asked for this before the handler sees the request
  };

  virtual ~RequestHandler() = default;

  // Asked once, when it is installed. A code that another has is a mistake that stops the start. Codes of
  // one's own: 20000 and above are nobody else's.
  virtual std::vector<Served> serves() const = 0;

  // The request is views that end with the call; `from` is there until on_closed(from) has returned.
  virtual void handle(remoting::Connection& from, const remoting::Request& request) = 0;

  // Every connection's end, also of those that never asked for these codes. The connection's I/O thread.
  virtual void on_closed(remoting::Connection& connection) { static_cast<void>(connection); }
};

}  // namespace gantry::api
