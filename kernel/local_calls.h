// api::LocalCalls: each call is a connection of its own without a socket, which lives on an I/O thread until
// it is answered.
//
// What needs a connection that stays (a heartbeat's presence, what the broker pushes to its clients) ends
// with the call.
#pragma once

#include "kernel/api/local_calls.h"
#include "remoting/connection.h"
#include "remoting/io_thread.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace gantry::kernel {

class LocalCallsOfBroker final : public api::LocalCalls {
 public:
  // Both outlive it; the I/O threads run until after stop().
  LocalCallsOfBroker(remoting::IoThreads& threads, remoting::RequestSink& sink)
      : threads_(threads), sink_(sink) {}
  ~LocalCallsOfBroker() override { stop(); }

  void request(std::string_view peer, const remoting::OutgoingRequest& request,
               std::chrono::milliseconds timeout, remoting::Connection::ResponseHandler done) override;

  // What is not answered fails, and so does what comes later. Returns when nothing runs any more. Not on an
  // I/O thread.
  void stop();

 private:
  class Call;

  bool begin(const std::shared_ptr<Call>& call);
  void ended(std::uint64_t id);

  remoting::IoThreads& threads_;
  remoting::RequestSink& sink_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Call>> running_;  // guarded by mutex_
  bool stopping_ = false;                                             // guarded by mutex_
};

}  // namespace gantry::kernel
