// The duty to tell an outcome: once, from any thread, sooner or later.
//
//   void hold(LogOffset end, Completion<void> safe) override {
//     waiting_.emplace(end, std::move(safe));            // and later, from a thread of its own:
//     waiting_.extract(end).mapped().succeed();
//   }
//
// Movable, not copyable. One that is destroyed untold tells that it was dropped, so that nobody waits for
// ever. A second telling changes nothing; it is a defect of the one who tells, and counted and logged with
// the plugin's name. What runs inside succeed() and fail() belongs to the one who asked: it does not wait and
// does not throw.
#pragma once

#include "kernel/api/refusal.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace gantry::api {

// Hears of completions that were misused; the host has one for each plugin. Any thread.
class CompletionWatch {
 public:
  virtual ~CompletionWatch() = default;
  virtual void told_twice() noexcept = 0;
  virtual void dropped() noexcept = 0;
  virtual void told_late() noexcept = 0;  // the one who asked had given up by then
};

template <class T>
class Completion {
 public:
  using Outcome = Result<T>;
  using Receiver = std::function<void(Outcome)>;

  // `watch` outlives the completion; nullptr: nobody hears of misuse.
  explicit Completion(Receiver receiver, CompletionWatch* watch = nullptr)
      : state_(std::make_unique<State>(std::move(receiver), watch)) {}
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&& other) noexcept {
    drop();
    state_ = std::move(other.state_);
    return *this;
  }
  ~Completion() { drop(); }

  void tell(Outcome outcome) {
    if (!state_) return;  // moved from
    if (state_->told.exchange(true)) {
      if (state_->watch) state_->watch->told_twice();
      return;
    }
    std::exchange(state_->receiver, {})(std::move(outcome));
  }

  void succeed()
    requires std::is_void_v<T>
  {
    tell(Outcome(boost::system::in_place_value));
  }
  template <class V>
    requires(!std::is_void_v<T>)
  void succeed(V&& value) {
    tell(Outcome(boost::system::in_place_value, std::forward<V>(value)));
  }
  void fail(Refusal why) { tell(Outcome(boost::system::in_place_error, std::move(why))); }

 private:
  struct State {
    State(Receiver r, CompletionWatch* w) : receiver(std::move(r)), watch(w) {}
    Receiver receiver;
    CompletionWatch* watch;
    std::atomic<bool> told{false};
  };

  void drop() {
    if (!state_ || state_->told.exchange(true)) return;
    if (state_->watch) state_->watch->dropped();
    std::exchange(state_->receiver, {})(
        Outcome(boost::system::in_place_error, Refusal{.text = "it was given up without an outcome"}));
  }

  std::unique_ptr<State> state_;
};

}  // namespace gantry::api
