// Extension point: ask this broker what a client would ask, without a socket.
#pragma once

#include "access/policy.h"
#include "remoting/connection.h"

#include <chrono>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::api {

// Thread: any. Requests pass the access policy and the handlers exactly as those from a socket do.
class LocalCalls {
 public:
  virtual ~LocalCalls() = default;

  // `peer` names the caller in logs and tables: "http 127.0.0.1:5123". `done` runs once, on an I/O thread.
  virtual void request(std::string_view peer, const remoting::OutgoingRequest& request,
                       std::chrono::milliseconds timeout, remoting::Connection::ResponseHandler done) = 0;
};

}  // namespace gantry::api
