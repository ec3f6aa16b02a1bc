#include "bench/loadgen/delivery.h"

#include "bench/loadgen/messages.h"
#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

DeliveryPlan short_plan(const ScriptedBroker& broker) {
  return {.server = broker.endpoint(), .rate = 1'000, .body_bytes = 16, .warmup = 5ms, .duration = 50ms};
}

TEST(Delivery, times_each_message_on_both_of_its_ways) {
  ScriptedBroker broker;
  const DeliveryResult result = measure_delivery(short_plan(broker));
  EXPECT_GT(result.send.count(), 0u);
  EXPECT_EQ(result.send.count(), result.delivery.count());
  EXPECT_LE(result.delivery.count(), 50u);
  EXPECT_GT(broker.queues[0].size(), result.delivery.count()) << "one makes the topic, and some are warm-up";
}

TEST(Delivery, is_not_content_with_another_message_than_was_sent) {
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code != 11 || ScriptedBroker::number(request, "queueOffset") == 0) return std::nullopt;
    return ScriptedBroker::answer(request, 0, {{"maxOffset", "2"}}, make_record({0, 1, "another"}, "topic"));
  });
  EXPECT_THROW(measure_delivery(short_plan(broker)), std::runtime_error);
}

TEST(Delivery, is_not_content_with_a_pull_that_comes_back_empty) {
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code != 11 || ScriptedBroker::number(request, "queueOffset") == 0) return std::nullopt;
    return ScriptedBroker::answer(request, 19, {{"maxOffset", "1"}});
  });
  EXPECT_THROW(measure_delivery(short_plan(broker)), std::runtime_error);
}

}  // namespace
}  // namespace gantry::bench
