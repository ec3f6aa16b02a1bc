#include "kernel/commit_follower.h"

#include "remoting/quoted.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace gantry::kernel {

namespace {

constexpr ByteSize kAtOnce = ByteSize::kib(256);
constexpr std::chrono::seconds kKeepEvery{1};
constexpr std::chrono::milliseconds kFirstPause{1000};
constexpr std::chrono::milliseconds kLongestPause{60'000};

}  // namespace

CommitFollower::CommitFollower(Installed<api::CommitListener> listener, const FollowerSurroundings& around)
    : by_(*listener.by), listener_(*listener.point), around_(around) {
}

std::string CommitFollower::key() const {
  return by_.plugin() + "/" + std::string(listener_.name());
}

api::LogOffset CommitFollower::kept_position() const {
  const auto kept = around_.positions.get(key());
  if (!kept) return listener_.from_the_beginning() ? around_.store.first() : around_.store.end();
  api::LogOffset at;
  const auto [end, error] = std::from_chars(kept->data(), kept->data() + kept->size(), at.value);
  if (error != std::errc{} || end != kept->data() + kept->size()) {
    throw std::runtime_error("the kept position of commit listener " + key() + " is " +
                             remoting::quoted(*kept) + ", but it must be a number");
  }
  return at;
}

void CommitFollower::start() {
  kept_ = position_ = kept_position();
  // The log may have been cut behind a crash, or its beginning deleted while the plugin was away.
  position_ = std::clamp(position_, around_.store.first(), around_.store.end());
  if (position_ != kept_) {
    around_.log.warn(
        "commit listener goes on elsewhere",
        {{"listener", listener_.name()}, {"kept", kept_.value}, {"goes_on_at", position_.value}});
  }
  keep_timer_ = around_.timers.every(kKeepEvery, [this] { keep_position(std::nullopt); });
  watch_ = around_.store.watch([this](api::LogOffset) { wake(); });
  wake();
}

void CommitFollower::wake() {
  if (!woken_.exchange(true)) around_.executor.post([this] { step(); });
}

void CommitFollower::step() {
  woken_ = false;  // before reading the end: what is appended from now on wakes again
  if (!paused_ && hand_over() && position_ < around_.store.end()) wake();
}

// One piece of the log. False: the listener failed, and the same piece comes again after a pause.
bool CommitFollower::hand_over() {
  // After walk(), since what the listener throws must not pass through the store.
  std::optional<std::string> why;
  api::LogOffset done = position_;
  const auto next = around_.store.walk(position_, kAtOnce, [&](std::span<const api::LogEntry> entries) {
    if (why || entries.empty()) return;
    why = by_.guard("commit listener", [&] { listener_.committed(entries); });
    if (!why) done = entries.back().at + entries.back().size;
  });
  position_ = done;
  if (why) {
    pause_after_failure();
    return false;
  }
  if (!next) {
    around_.log.error(
        "log cannot be read for a commit listener",
        {{"listener", listener_.name()}, {"at", position_.value}, {"reason", next.error().text}});
    pause_after_failure();
    return false;
  }
  position_ = *next;
  pause_ = std::chrono::milliseconds(0);
  return true;
}

void CommitFollower::pause_after_failure() {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  paused_ = true;
  pause_timer_ = around_.timers.after(pause_, [this] {
    paused_ = false;
    wake();
  });
}

void CommitFollower::keep_position(std::optional<api::Completion<void>> done) {
  if (position_ == kept_) {
    if (done) done->succeed();
    return;
  }
  const auto asked = position_;
  around_.positions.change({{key(), std::to_string(asked.value)}},
                           api::Completion<void>([this, asked, &executor = around_.executor,
                                                  done = std::make_shared<decltype(done)>(std::move(done))](
                                                     const api::Result<void>& outcome) {
                             // Kept once more, a second later, if it failed: nothing is lost but a second's
                             // repeats after a crash.
                             if (outcome) executor.post([this, asked] { kept_ = std::max(kept_, asked); });
                             if (*done) (*done)->tell(outcome);
                           }));
}

void CommitFollower::finish(api::Completion<void> done) {
  watch_.reset();
  around_.executor.post([this, done = std::make_shared<api::Completion<void>>(std::move(done))] {
    while (!paused_ && position_ < around_.store.end() && hand_over()) continue;
    keep_position(std::move(*done));
  });
}

}  // namespace gantry::kernel
