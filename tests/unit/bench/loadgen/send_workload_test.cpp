#include "bench/loadgen/send_workload.h"

#include "bench/loadgen/load.h"
#include "tests/unit/bench/loadgen/counted_messages.h"
#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr SendShape kTwoQueues{.messages = {.topics = 1, .queues = 2, .body_bytes = 16}};

LoadPlan short_plan(const sockaddr_in& server) {
  LoadPlan plan;
  plan.server = server;
  plan.connections = 2;
  plan.window = 4;
  plan.warmup = 100ms;
  plan.duration = 400ms;
  return plan;
}

std::string first_complaint(const ScriptedBroker& broker, const SendShape& shape) {
  const LoadResult result = run_load(short_plan(broker.endpoint()), SendWorkload(shape));
  return result.tally.first_complaint + result.tally.failure;
}

TEST(SendWorkload, sends_to_all_queues_in_turn_and_counts_what_was_taken) {
  ScriptedBroker broker;
  const LoadResult result = run_load(short_plan(broker.endpoint()), SendWorkload(kTwoQueues));
  EXPECT_THAT(result.tally.first_complaint, IsEmpty());
  expect_messages_of_each_answer(result, 1);
  ASSERT_EQ(broker.queues.size(), 2u);
  const auto [fewest, most] = std::minmax({broker.queues[0].size(), broker.queues[1].size()});
  EXPECT_LE(most - fewest, 1u);
  EXPECT_EQ(broker.queues[0].size() + broker.queues[1].size(), result.tally.answers_by_code.at(0));
  EXPECT_EQ(broker.queues[1].front(), message_body(16));
}

TEST(SendWorkload, counts_each_message_of_a_batch) {
  ScriptedBroker broker;
  SendShape shape = kTwoQueues;
  shape.batch = 5;
  const LoadResult result = run_load(short_plan(broker.endpoint()), SendWorkload(shape));
  EXPECT_THAT(result.tally.first_complaint, IsEmpty());
  expect_messages_of_each_answer(result, 5);
  EXPECT_EQ(broker.queues[0].size() + broker.queues[1].size(), 5 * result.tally.answers_by_code.at(0));
}

TEST(SendWorkload, understands_answers_with_binary_headers) {
  const SendWorkload workload(kTwoQueues);
  const Frame frame = Frame::build(
      {.code = 0, .flag = 1, .fields = {{"msgId", "C0"}, {"queueId", "1"}, {"queueOffset", "7"}}, .body = {}},
      Encoding::binary);
  const FrameRead read = read_frame(frame.bytes());
  ASSERT_EQ(read.result, ReadResult::frame);
  EXPECT_EQ(workload.checker()->complaint(1, read.frame), std::nullopt);
  EXPECT_TRUE(workload.checker()->complaint(0, read.frame).has_value()) << "that is queue 0";
}

TEST(SendWorkload, is_not_content_with_an_answer_for_another_queue) {
  ScriptedBroker broker([](const ReceivedFrame& request) {
    return ScriptedBroker::answer(request, 0, {{"queueId", "5"}, {"queueOffset", "1"}});
  });
  EXPECT_THAT(first_complaint(broker, kTwoQueues), HasSubstr("another queue than"));
}

TEST(SendWorkload, is_not_content_with_an_answer_without_a_place) {
  ScriptedBroker broker([](const ReceivedFrame& request) {
    return ScriptedBroker::answer(request, 0,
                                  {{"queueId", std::to_string(ScriptedBroker::number(request, "e"))}});
  });
  EXPECT_THAT(first_complaint(broker, kTwoQueues), HasSubstr("where the message is"));
  SendShape floor = kTwoQueues;
  floor.any_content = true;
  EXPECT_THAT(first_complaint(broker, floor), IsEmpty());
}

}  // namespace
}  // namespace gantry::bench
