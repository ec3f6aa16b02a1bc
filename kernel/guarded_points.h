// What a plugin is called back through on threads of the broker: its exceptions end at its boundary there,
// too.
#pragma once

#include "kernel/api/filter_language.h"
#include "kernel/api/local_calls.h"
#include "kernel/api/parking.h"
#include "kernel/plugin_boundary.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace gantry::kernel {

class GuardedParking final : public api::Parking {
 public:
  GuardedParking(api::Parking& all, PluginBoundary& boundary) : all_(all), boundary_(boundary) {}

  api::Result<void> park(std::string_view topic, api::QueueId queue, api::QueueOffset wants,
                         std::chrono::steady_clock::time_point until, std::size_t io_thread,
                         std::function<void(api::Woken)> wake) override {
    return all_.park(topic, queue, wants, until, io_thread,
                     [&boundary = boundary_, wake = std::move(wake)](api::Woken why) {
                       boundary.guard("parked request", [&] { wake(why); });
                     });
  }
  void wake(std::string_view topic, api::QueueId queue) override { all_.wake(topic, queue); }

 private:
  api::Parking& all_;
  PluginBoundary& boundary_;
};

class GuardedLocalCalls final : public api::LocalCalls {
 public:
  GuardedLocalCalls(api::LocalCalls& all, PluginBoundary& boundary) : all_(all), boundary_(boundary) {}

  void request(std::string_view peer, const remoting::OutgoingRequest& request,
               std::chrono::milliseconds timeout, remoting::Connection::ResponseHandler done) override {
    all_.request(peer, request, timeout, [&boundary = boundary_, done = std::move(done)](auto response) {
      boundary.guard("local call", [&] { done(std::move(response)); });
    });
  }

 private:
  api::LocalCalls& all_;
  PluginBoundary& boundary_;
};

// A filter that fails lets everything through: its consumer sees too much, and loses nothing.
class GuardedFilter final : public api::Filter {
 public:
  GuardedFilter(std::shared_ptr<const api::Filter> filter, PluginBoundary& boundary)
      : filter_(std::move(filter)), boundary_(boundary) {}

  void judge_entries(std::span<const api::QueueEntry> entries,
                     std::span<api::Verdict> verdicts) const override {
    guard(verdicts, [&] { filter_->judge_entries(entries, verdicts); });
  }
  void judge(std::span<const remoting::MessageRecordView> records,
             std::span<api::Verdict> verdicts) const override {
    guard(verdicts, [&] { filter_->judge(records, verdicts); });
  }

 private:
  template <class Call>
  void guard(std::span<api::Verdict> verdicts, Call&& call) const {
    if (boundary_.guard("filter", std::forward<Call>(call))) std::ranges::fill(verdicts, api::Verdict::yes);
  }

  const std::shared_ptr<const api::Filter> filter_;
  PluginBoundary& boundary_;
};

}  // namespace gantry::kernel
