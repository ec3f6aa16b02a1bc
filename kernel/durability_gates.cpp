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
  Waiting(const std::vector<Entry>& gates, Done done) : done_(std::move(done)) {
    for (const Entry& entry : gates) silent_.insert(entry.plugin);
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

DurabilityGates::DurabilityGates(std::vector<Entry> gates, std::chrono::milliseconds patience,
                                 const api::Clock& clock, api::Timers& timers, FaultSink on_fault)
    : gates_(std::move(gates)), patience_(patience), clock_(clock), on_fault_(std::move(on_fault)) {
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
  for (const Entry& entry : gates_) {
    api::Completion<void> safe(
        [waiting, plugin = entry.plugin, watch = entry.watch](const api::Result<void>& outcome) {
          const bool counted = outcome ? waiting->agreed(plugin)
                                       : waiting->refused({outcome.error().code,
                                                           "plugin " + plugin + ": " + outcome.error().text});
          if (!counted && waiting->is_overdue() && watch != nullptr) watch->told_late();
        },
        entry.watch);
    try {
      entry.gate->hold(end, std::move(safe));
    } catch (...) {
      on_fault_(entry.plugin, "durability gate", what_was_thrown());
    }
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
