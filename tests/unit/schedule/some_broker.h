// A broker that delivers delayed messages, without its rest: on the test's thread, at a time that the test
// moves, with a store in memory. It can be stopped, killed, and started again.
#pragma once

#include "kernel/api/testing/test_context.h"
#include "plugins/schedule/deliveries.h"
#include "tests/unit/kernel/some_tables.h"
#include "tests/unit/schedule/memory_store.h"
#include "tests/unit/schedule/waiting_message.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::schedule {

// One thread: the test's.
class SomeBroker {
 public:
  explicit SomeBroker(ScheduleConfig config = {}) : config_(std::move(config)) {
    context.with_store(store);
    context.with_offsets(offsets);
    context.with_topics(topics);
    topics.put({.name = api::TopicName::parse("T").value()}, api::Completion<void>([](const auto&) {}));
  }

  void start() {
    deliveries.emplace(context, DelayLevels::parse(config_.levels).value(), config_);
    deliveries->start();
    context.settle();
  }
  void stop() {
    deliveries->drain();
    deliveries->stop();
    context.settle();
    deliveries->finish();
    context.settle();
    deliveries.reset();
  }
  void kill() {
    context.crash();
    store.forget_held();
    deliveries.reset();
  }
  void restart() {
    stop();
    start();
  }

  // As the send handler does, once the stage has been at it.
  void send(WaitingMessage message) {
    store.put(message.record());
    context.settle();
  }
  void send(const std::string& body, std::int32_t level) { send({.body = body, .level = level}); }
  void advance(std::chrono::nanoseconds by) { context.advance(by); }

  std::vector<std::string> delivered(std::string_view topic = "T", std::int32_t queue = 0) const {
    return store.bodies(topic, queue);
  }
  std::int64_t waiting(std::int32_t level) {
    return context.metrics().gauge_value("waiting", {{"level", std::to_string(level)}});
  }
  std::uint64_t dropped(const std::string& why) {
    return context.metrics().counter_value("dropped_total", {{"reason", why}});
  }
  // The next one to deliver, as tools see it.
  std::optional<std::int64_t> offset(std::int32_t level) const {
    const auto found = offsets.committed(kScheduleGroup, kScheduleTopic, queue_of(level));
    return found ? std::optional(found->value) : std::nullopt;
  }

 private:
  const ScheduleConfig config_;

 public:
  api::testing::TestContext context;
  MemoryStore store{context.clock()};
  kernel::SomeOffsets offsets;
  kernel::SomeTopics topics;
  std::optional<Deliveries> deliveries;
};

}  // namespace gantry::schedule
