#include "kernel/durability_gates.h"

#include <algorithm>
#include <set>
#include <utility>

namespace gantry::kernel {

namespace {

// How much later than its patience a silent gate may be noticed.
constexpr std::chrono::milliseconds kLook{100};

}  // namespace

// One burst at all gates.
class DurabilityGates::Waiting {
 public:
  Waiting(const std::vector<Installed<api::DurabilityGate>>& gates, Done done) : done_(std::move(done)) {
    for (const auto& gate : gates) silent_.insert(gate.by->plugin());
  }

  // False: it was decided before.
  bool agreed(const std::string& plugin) {
    Done done;
    {
      const std::lock_guard lock(mutex_);
      if (!done_) return false;
      silent_.erase(silent_.find(plugin));
      if (!silent_.empty()) return true;
      done = std::exchange(done_, nullptr);
    }
    done(api::Result<void>(boost::system::in_place_value));
    return true;
  }

  bool refused(api::Refusal why) {
    const Done done = take();
    if (!done) return false;
    done(std::move(why));
    return true;
  }

  void time_up(std::chrono::milliseconds patience) {
    std::string who;
    {
      const std::lock_guard lock(mutex_);
      if (!done_) return;
      overdue_ = true;
      for (const std::string& plugin : silent_) who += (who.empty() ? "" : ", ") + plugin;
    }
    refused({.code = remoting::ResponseCode::flush_slave_timeout,
             .text = "plugin " + who + " did not say within " + std::to_string(patience.count()) +
                     "ms that the message is safe; it is stored here all the same"});
  }

  bool is_overdue() {
    const std::lock_guard lock(mutex_);
    return overdue_;
  }

 private:
  Done take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(done_, nullptr);
  }

  std::mutex mutex_;
  Done done_;  // null: decided
  bool overdue_ = false;
  std::multiset<std::string> silent_;  // one entry for each gate that has not agreed
};

DurabilityGates::DurabilityGates(std::span<const Installed<api::DurabilityGate>> gates,
                                 std::chrono::milliseconds patience, const api::Clock& clock,
                                 api::Timers& timers)
    : gates_(gates.begin(), gates.end()), patience_(patience), clock_(clock) {
  if (!gates_.empty()) timer_ = timers.every(kLook, [this] { refuse_overdue(); });
}

DurabilityGates::~DurabilityGates() {
  timer_.reset();
  for (const Deadline& deadline : deadlines_) {
    if (const auto waiting = deadline.waiting.lock())
      waiting->refused(
          {.code = remoting::ResponseCode::service_not_available, .text = "the broker is stopping"});
  }
}

void DurabilityGates::hold(api::LogOffset end, Done done) {
  if (gates_.empty()) return done(api::Result<void>(boost::system::in_place_value));
  const auto waiting = std::make_shared<Waiting>(gates_, std::move(done));
  {
    const std::lock_guard lock(mutex_);
    deadlines_.push_back({clock_.now() + patience_, waiting});
  }
  for (const auto& gate : gates_) {
    api::Completion<void> safe(
        [waiting, by = gate.by](const api::Result<void>& outcome) {
          const bool counted = outcome
                                   ? waiting->agreed(by->plugin())
                                   : waiting->refused({outcome.error().code, "plugin " + by->plugin() + ": " +
                                                                                 outcome.error().text});
          if (!counted && waiting->is_overdue()) by->told_late();
        },
        gate.by);
    gate.by->guard("durability gate", [&] { gate.point->hold(end, std::move(safe)); });
  }
}

void DurabilityGates::refuse_overdue() {
  const auto now = clock_.now();
  std::vector<std::shared_ptr<Waiting>> overdue;
  {
    const std::lock_guard lock(mutex_);
    while (!deadlines_.empty() && (deadlines_.front().at <= now || deadlines_.front().waiting.expired())) {
      if (auto waiting = deadlines_.front().waiting.lock()) overdue.push_back(std::move(waiting));
      deadlines_.pop_front();
    }
  }
  for (const auto& waiting : overdue) waiting->time_up(patience_);
}

}  // namespace gantry::kernel
