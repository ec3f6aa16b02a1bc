// What can go wrong with a request of ours on its way, for boost::system::result.
#pragma once

#include <type_traits>

#include <boost/system/error_code.hpp>

namespace gantry::remoting {

enum class RemotingErrc {
  timed_out = 1,       // no response in time. The peer may have done what it was asked.
  connection_closed,   // closed with the request unanswered. The peer may have done what it was asked.
  cannot_connect,      // never sent
  too_many_waiting,    // never sent: the limit of requests waiting for this connection is reached
  client_is_stopping,  // never sent
};

const boost::system::error_category& remoting_category();

inline boost::system::error_code make_error_code(RemotingErrc code) {
  return {static_cast<int>(code), remoting_category()};
}

}  // namespace gantry::remoting

template <>
struct boost::system::is_error_code_enum<gantry::remoting::RemotingErrc> : std::true_type {};
