// Random lives of a broker that delivers delayed messages, against a plain list of what was sent: a store
// that refuses, tells late or not at all, a broker that is stopped or killed, a power cut that takes the end
// of the log, a date that leaps. Whatever happens, once things are well again each message that the log still
// has stands in its topic, once, not before its time, and those of a level in their order.
#include "plugins/schedule/deliveries.h"
#include "tests/unit/schedule/some_broker.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr int kQueues = 2;  // of the topic

int choose(int end) {
  return *rc::gen::inRange(0, end);
}

class Life {
 public:
  Life() : broker_({.levels = "1s 3s 20s", .burst_messages = 7, .progress_interval = 500ms}) {
    broker_.start();
  }
  ~Life() {
    if (broker_.deliveries) broker_.kill();
  }

  void step(int what) {
    switch (what) {
      case 0:
      case 1:
        return send(1);
      case 2:
        return send(1 + choose(20));
      case 3:
      case 4:
        return pass(std::chrono::milliseconds(choose(300)));
      case 5:
        return pass(std::chrono::milliseconds(choose(8000)));
      case 6:
        return refuse();
      case 7:
        broker_.store.hold = !broker_.store.hold;
        return;
      case 8:
        broker_.store.tell_held();
        return broker_.context.settle();
      case 9:
        broker_.store.tell_held();
        return broker_.restart();
      case 10:
        return kill();
      default:
        return cut_power();
    }
  }
  void leap() {
    broker_.context.clock().leap(std::chrono::minutes(choose(2000) - 1000));
    leapt_ = true;
  }
  void send(int count) {
    for (int i = 0; i < count; ++i) {
      WaitingMessage message{
          .body = std::to_string(sent_.size()), .level = 1 + choose(3), .queue = choose(kQueues)};
      sent_.push_back({message.level, message.queue, broker_.context.clock().now()});
      broker_.store.put(message.record());
    }
    note_log();
    broker_.context.settle();
  }
  void pass(std::chrono::milliseconds time) {
    // In steps, so that what is written has come to the disk in between.
    for (; time > 0ms; time -= std::min(time, std::chrono::milliseconds(50))) {
      broker_.advance(std::min(time, std::chrono::milliseconds(50)));
      watch();
    }
  }

  void end_well() {
    broker_.store.refuse = nullptr;
    broker_.store.hold = false;
    broker_.store.tell_held();
    pass(40s);
  }

  // In the log, by number; what a power cut has taken is not.
  std::set<std::size_t> there(std::string_view topic, int queue) const {
    std::set<std::size_t> found;
    for (const std::string& body : broker_.store.bodies(topic, queue)) found.insert(std::stoul(body));
    return found;
  }
  void check() const {
    std::set<std::size_t> waiting, delivered;
    for (int level = 1; level <= 3; ++level) waiting.merge(there(kScheduleTopic, level - 1));
    std::size_t count = 0;
    for (int queue = 0; queue < kQueues; ++queue) {
      delivered.merge(there("T", queue));
      count += broker_.delivered("T", queue).size();
    }
    RC_ASSERT(delivered == waiting);
    RC_ASSERT(count == delivered.size());
    for (const std::size_t number : delivered) {
      RC_ASSERT(seen_.contains(number));
      RC_ASSERT(seen_.at(number) >= sent_[number].at + delay_of(sent_[number].level));
    }
    for (int queue = 0; queue < kQueues; ++queue) check_order(queue);
    if (!leapt_) check_times();
  }
  // Nothing happened but leaps of the date.
  void check_lateness() const {
    for (const auto& [number, seen] : seen_) {
      const auto delay = delay_of(sent_[number].level);
      RC_ASSERT(seen - sent_[number].at <= delay + 250ms);
    }
  }

 private:
  struct Sent {
    int level = 0;
    int queue = 0;
    TimePoint at;
  };

  static std::chrono::milliseconds delay_of(int level) {
    return DelayLevels::parse("1s 3s 20s").value().of(level);
  }

  void refuse() {
    if (broker_.store.refuse) {
      broker_.store.refuse = nullptr;
      return;
    }
    const int from = choose(5);
    broker_.store.refuse = [from, taken = 0](const api::Draft&) mutable -> std::optional<api::Refusal> {
      if (taken++ < from) return std::nullopt;
      return api::Refusal{remoting::ResponseCode::service_not_available, "the disk is full"};
    };
  }
  void kill() {
    // What the plugin's key-values had been told by then is on the disk, or it is not.
    if (choose(2) == 0) broker_.context.key_values().write();
    broker_.kill();
    broker_.start();
  }
  void cut_power() {
    broker_.kill();
    // The log loses what was written in the last seconds, or nothing.
    const TimePoint synced = broker_.context.clock().now() - std::chrono::milliseconds(choose(5000));
    api::LogOffset from = broker_.store.end();
    for (const auto& [at, end] : log_ends_) {
      if (at > synced) {
        from = end;
        break;
      }
    }
    broker_.store.lose_from(from);
    std::erase_if(seen_,
                  [&](const auto& one) { return !there("T", sent_[one.first].queue).contains(one.first); });
    std::erase_if(log_ends_, [&](const auto& one) { return one.second > from; });
    broker_.start();
  }

  // When each delivery was first seen, and how far the log had come at which time.
  void watch() {
    note_log();
    for (int queue = 0; queue < kQueues; ++queue)
      for (const std::size_t number : there("T", queue))
        seen_.try_emplace(number, broker_.context.clock().now());
  }
  void note_log() { log_ends_.emplace_back(broker_.context.clock().now(), broker_.store.end()); }

  // To the millisecond, as the store has them.
  void check_times() const {
    std::map<std::string, std::int64_t> due;
    for (int level = 1; level <= 3; ++level)
      for (const auto& message : broker_.store.messages(kScheduleTopic, level - 1))
        due.emplace(message.body(), message.store_timestamp() + delay_of(level).count());
    for (int queue = 0; queue < kQueues; ++queue)
      for (const auto& message : broker_.store.messages("T", queue))
        RC_ASSERT(message.store_timestamp() >= due.at(std::string(message.body())));
  }

  // Of each level, in the order in which they were sent.
  void check_order(int queue) const {
    std::map<int, std::size_t> last;
    for (const std::string& body : broker_.delivered("T", queue)) {
      const std::size_t number = std::stoul(body);
      const auto [before, first] = last.try_emplace(sent_[number].level, number);
      RC_ASSERT(first || before->second < number);
      before->second = number;
    }
  }

  SomeBroker broker_;
  std::vector<Sent> sent_;
  std::map<std::size_t, TimePoint> seen_;
  std::vector<std::pair<TimePoint, api::LogOffset>> log_ends_;
  bool leapt_ = false;
};

RC_GTEST_PROP(Deliveries, lose_nothing_repeat_nothing_and_are_never_early_whatever_happens, ()) {
  Life life;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
  for (const int what : steps) life.step(what);
  life.end_well();
  life.check();
}

RC_GTEST_PROP(Deliveries, are_neither_early_nor_late_however_the_date_leaps, ()) {
  Life life;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7));
  for (const int what : steps) {
    if (what < 3)
      life.send(1 + choose(5));
    else if (what < 5)
      life.pass(std::chrono::milliseconds(choose(2000)));
    else
      life.leap();
  }
  life.end_well();
  life.check();
  life.check_lateness();
}

}  // namespace
}  // namespace gantry::schedule
