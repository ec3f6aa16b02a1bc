// What a handler sees of a connection, and what a connection asks of its handler.
//
// A connection lives on one I/O thread. Requests arrive in bursts (all that one read brought), are
// answered at once or later, and both ends may ask: a server pushes requests to its clients through
// the same calls that a client uses.
#pragma once

#include "remoting/codes.h"
#include "remoting/command.h"
#include "remoting/header_fields.h"
#include "remoting/slice.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::remoting {

// Views into the connection's read buffer: valid during the call that hands them out.
struct Request {
  Command command;
  std::string_view body;

  RequestCode code() const { return static_cast<RequestCode>(command.code); }
};

// What one read brought, or as much of it as there is room for answers to. Whoever needs the bytes keeps
// `pin`.
struct Burst {
  std::span<const Request> requests;
  const std::shared_ptr<const void>& pin;
};

struct Answer {
  ResponseCode code = ResponseCode::success;
  std::string_view remark{};
  HeaderRef header{};               // the declared response header, if any
  std::span<const Field> extras{};  // further extFields, as they are
  std::span<const Slice> body{};
};

// The peer's response to a request of ours: views, valid during the callback.
struct Response {
  Command command;
  std::string_view body;

  ResponseCode code() const { return static_cast<ResponseCode>(command.code); }
};

struct OutgoingRequest {
  RequestCode code{};
  HeaderRef header{};
  std::span<const Field> extras{};
  std::span<const Slice> body{};
};

class Responder;

class Connection {
 public:
  using ResponseHandler = std::function<void(boost::system::result<Response>)>;

  virtual ~Connection() = default;

  // Any thread. Ids are never used twice within a process.
  virtual std::uint64_t id() const = 0;
  virtual std::string_view peer() const = 0;        // "127.0.0.1:51234", for logs and tables
  virtual std::size_t io_thread() const = 0;        // index of the I/O thread that it lives on
  virtual void close(std::string_view reason) = 0;  // returns at once; on_closed() follows

  // Its I/O thread. A one-way request is not answered: the call does nothing then.
  virtual void answer(const Request& request, const Answer& answer) = 0;

  // Its I/O thread: the right to answer `request` later, from any thread.
  virtual Responder answer_later(const Request& request) = 0;

  // Any thread. `done` runs once, on the connection's I/O thread: with the response, or with an error when
  // the time is up or the connection closed.
  virtual void request(const OutgoingRequest& request, std::chrono::milliseconds timeout,
                       ResponseHandler done) = 0;

  // Any thread. A one-way request: nobody tells whether it arrived.
  virtual void notify(const OutgoingRequest& request) = 0;
};

// The duty to answer one request. Movable; answer() is for any thread, once. A responder that is
// dropped unanswered answers SYSTEM_ERROR, so that no client waits for its timeout.
class Responder {
 public:
  // What a connection gives to be answered through; it outlives its socket.
  class Port {
   public:
    virtual ~Port() = default;
    virtual void answer_from_any_thread(const Command& request, const Answer& answer, bool set_aside) = 0;
    virtual void set_one_aside() = 0;
  };

  Responder(std::shared_ptr<Port> port, const Command& request);
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void answer(const Answer& answer);

  // The request waits for something to happen, not for work to be done: it does not count any more among
  // those of its connection that may wait. Any thread, at most once.
  void set_aside();

 private:
  void drop();

  std::shared_ptr<Port> port_;
  Command request_;  // without views: code, opaque, flag, serialize type
  bool set_aside_ = false;
};

// Where a server's or a client's incoming requests go. Shared by all I/O threads.
class RequestSink {
 public:
  virtual ~RequestSink() = default;

  // The connection's I/O thread. What is not answered here must be answered through answer_later().
  virtual void on_requests(Connection& connection, const Burst& burst) = 0;

  // The connection's I/O thread, once, after its last burst.
  virtual void on_closed(Connection& connection) { static_cast<void>(connection); }
};

}  // namespace gantry::remoting
