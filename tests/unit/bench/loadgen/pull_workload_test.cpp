#include "bench/loadgen/pull_workload.h"

#include "bench/loadgen/filling.h"
#include "bench/loadgen/load.h"
#include "tests/unit/bench/loadgen/counted_messages.h"
#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr MessageShape kMessages{.topics = 1, .queues = 2, .body_bytes = 16};
constexpr PullShape kPulls{.messages = kMessages, .messages_stored = 24, .batch = 4};

LoadResult run(const ScriptedBroker& broker) {
  LoadPlan plan;
  plan.server = broker.endpoint();
  plan.connections = 2;
  plan.window = 2;
  plan.warmup = 100ms;
  plan.duration = 400ms;
  return run_load(plan, PullWorkload(kPulls));
}

void fill_for_pulls(const ScriptedBroker& broker) {
  fill(broker.endpoint(), {.messages = kMessages, .batch = 3}, 24);
}

TEST(PullWorkload, pulls_all_that_filling_has_stored_and_counts_it) {
  ScriptedBroker broker;
  fill_for_pulls(broker);
  const LoadResult result = run(broker);
  EXPECT_THAT(result.tally.first_complaint, IsEmpty());
  expect_messages_of_each_answer(result, 4);
}

TEST(PullWorkload, makes_its_consumer_known_on_each_connection) {
  ScriptedBroker broker;
  fill_for_pulls(broker);
  run(broker);
  EXPECT_EQ(std::count(broker.codes.begin(), broker.codes.end(), 34), 2);
}

TEST(PullWorkload, commits_where_it_is_from_the_second_batch_on) {
  const PullWorkload workload(kPulls);
  const FrameRead first = read_frame(workload.frames()[1].bytes());
  EXPECT_EQ(header_field(first.frame, "sysFlag"), "2");
  const FrameRead second = read_frame(workload.frames()[3].bytes());
  EXPECT_EQ(header_field(second.frame, "queueId"), "1");
  EXPECT_EQ(header_field(second.frame, "queueOffset"), "4");
  EXPECT_EQ(header_field(second.frame, "commitOffset"), "4");
  EXPECT_EQ(header_field(second.frame, "sysFlag"), "3");
}

TEST(PullWorkload, passes_over_word_of_other_consumers_and_nothing_else) {
  const auto checker = PullWorkload(kPulls).checker();
  ReceivedFrame told;
  told.flag = 2;
  told.code = 40;
  EXPECT_TRUE(checker->expects(told));
  told.code = 39;
  EXPECT_FALSE(checker->expects(told));
}

TEST(PullWorkload, is_not_content_with_a_message_too_few_or_one_with_another_body) {
  ScriptedBroker broker;
  fill_for_pulls(broker);
  broker.queues[1][5] = "something else";
  EXPECT_THAT(run(broker).tally.first_complaint, HasSubstr("queue 1, offset 5: a message with another body"));
  broker.queues[1][5] = message_body(16);
  broker.queues[0].pop_back();
  EXPECT_THAT(run(broker).tally.first_complaint, HasSubstr("queue 0, offset 11: no record"));
}

TEST(PullWorkload, is_not_content_with_a_message_of_another_place) {
  ScriptedBroker broker([](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code != 11) return std::nullopt;
    return ScriptedBroker::answer(request, 0, {}, make_record({0, 77, message_body(16)}, "topic"));
  });
  EXPECT_THAT(run(broker).tally.first_complaint, HasSubstr("the message of queue 0, offset 77"));
}

TEST(PullWorkload, needs_whole_batches_in_each_queue) {
  EXPECT_THROW(PullWorkload({.messages = kMessages, .messages_stored = 20, .batch = 4}),
               std::invalid_argument);
  EXPECT_THROW(PullWorkload({.messages = kMessages, .messages_stored = 0, .batch = 4}),
               std::invalid_argument);
}

}  // namespace
}  // namespace gantry::bench
