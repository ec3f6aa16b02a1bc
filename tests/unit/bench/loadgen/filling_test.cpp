#include "bench/loadgen/filling.h"

#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr SendShape kThreeQueues{.messages = {.topics = 1, .queues = 3, .body_bytes = 16}, .batch = 4};

TEST(Filling, stores_as_many_in_each_queue_and_no_fewer_than_asked_for) {
  ScriptedBroker broker;
  EXPECT_EQ(fill(broker.endpoint(), kThreeQueues, 1'000), 1'008u);
  ASSERT_EQ(broker.queues.size(), 3u);
  for (const auto& [queue, messages] : broker.queues) {
    EXPECT_EQ(messages.size(), 336u) << queue;
    EXPECT_EQ(messages.back(), message_body(16));
  }
}

TEST(Filling, says_why_a_message_was_not_taken) {
  ScriptedBroker broker([](const ReceivedFrame& request) { return ScriptedBroker::answer(request, 14); });
  EXPECT_THAT([&] { fill(broker.endpoint(), kThreeQueues, 1); },
              ThrowsMessage<std::runtime_error>(HasSubstr("code 14")));
}

TEST(Filling, does_not_take_any_answer_for_the_right_one) {
  ScriptedBroker broker([](const ReceivedFrame& request) {
    return ScriptedBroker::answer(request, 0, {{"queueId", "9"}, {"queueOffset", "0"}});
  });
  EXPECT_THROW(fill(broker.endpoint(), kThreeQueues, 1), std::runtime_error);
}

}  // namespace
}  // namespace gantry::bench
