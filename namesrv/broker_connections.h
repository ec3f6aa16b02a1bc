// The connections that brokers registered through, so that one can be closed when its broker has been silent
// for too long.
#pragma once

#include "namesrv/registration.h"
#include "remoting/connection.h"

#include <mutex>
#include <string_view>
#include <unordered_map>

namespace gantry::namesrv {

// Thread: any, but add() and remove() of one connection on its own I/O thread. A connection is removed before
// it is destroyed: at its on_closed().
class BrokerConnections {
 public:
  void add(remoting::Connection& connection) {
    const std::lock_guard lock(mutex_);
    connections_.try_emplace(connection.id(), &connection);
  }

  // False: no broker ever registered through it, or it was removed before.
  bool remove(const remoting::Connection& connection) {
    const std::lock_guard lock(mutex_);
    return connections_.erase(connection.id()) != 0;
  }

  // Under the lock, so that the connection cannot end meanwhile; close() returns at once.
  void close(ConnectionId id, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (const auto at = connections_.find(id); at != connections_.end()) at->second->close(reason);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<ConnectionId, remoting::Connection*> connections_;
};

}  // namespace gantry::namesrv
