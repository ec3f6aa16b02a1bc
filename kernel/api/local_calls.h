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

  // `peer` names the caller in logs, tables and to the access policy: the plugin, and the one for whom it
  // asks behind a blank, "http 127.0.0.1:5123". The request is copied before the call returns. `done` runs
  // once, on an I/O thread, with views that end with the call.
  virtual void request(std::string_view peer, const remoting::OutgoingRequest& request,
                       std::chrono::milliseconds timeout, remoting::Connection::ResponseHandler done) = 0;
};

}  // namespace gantry::api
