#include "bench/loadgen/misbehaviour.h"

#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <atomic>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

MisbehaviourPlan plan_of(Misbehaviour kind, const ScriptedBroker& broker) {
  return {.server = broker.endpoint(), .kind = kind, .connections = 2, .rate = 1'000, .messages = {}};
}

// Counts what is asked of it. The lists that a broker keeps are not looked at here: it may still be at work
// when a misbehaviour has ended.
struct CountingBroker {
  std::atomic<int> requests = 0;
  ScriptedBroker broker{[this](const ReceivedFrame&) -> std::optional<std::string> {
    ++requests;
    return std::nullopt;
  }};
};

TEST(Misbehaviour, of_a_client_that_never_reads_ends_when_the_server_takes_no_more) {
  // More than a socket takes at once: the peer waits for the client to read, and no longer reads itself.
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code != 11) return std::nullopt;
    return ScriptedBroker::answer(request, 0, {}, std::string(1 << 20, 'x'));
  });
  int steps = 0;
  const MisbehaviourResult result =
      misbehave(plan_of(Misbehaviour::never_reads, broker), [&] { return ++steps > 20; });
  EXPECT_GT(result.requests, 2u);
  EXPECT_EQ(result.connections, 2u);
  EXPECT_EQ(result.closed, 0u);
}

TEST(Misbehaviour, of_a_flood_keeps_its_rate_and_connects_again_when_it_is_thrown_out) {
  std::atomic<int> asked = 0;
  std::atomic<int> of_nobodys_code = 0;
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code == 9999) ++of_nobodys_code;
    ++asked;
    return ScriptedBroker::answer(request, 3);
  });
  const MisbehaviourResult result =
      misbehave(plan_of(Misbehaviour::unknown_codes, broker), [&] { return asked >= 50; });
  EXPECT_GE(result.requests, 50u);
  EXPECT_EQ(result.connections, 2u);
  EXPECT_GE(of_nobodys_code, 50);
}

TEST(Misbehaviour, of_connections_that_are_dropped_leaves_none_open) {
  CountingBroker counting;
  int steps = 0;
  const MisbehaviourResult result =
      misbehave(plan_of(Misbehaviour::churn, counting.broker), [&] { return ++steps > 10; });
  EXPECT_EQ(result.connections, 50u) << "ten steps of 5 ms, at 1000 a second";
  EXPECT_EQ(counting.requests, 0) << "no request was ever whole";
}

TEST(Misbehaviour, of_one_that_asks_and_never_reads_ends_when_the_server_takes_no_more) {
  std::atomic<int> of_all_topics = 0;
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code == 21) ++of_all_topics;
    return ScriptedBroker::answer(request, 0, {}, std::string(1 << 16, 'x'));
  });
  int steps = 0;
  const MisbehaviourResult result = misbehave(plan_of(Misbehaviour::asks_never_reads, broker),
                                              [&] { return ++steps > 20 && of_all_topics > 0; });
  EXPECT_GT(result.requests, 2u);
}

TEST(Misbehaviour, of_a_trickle_and_of_silence_keeps_its_connections_and_ends_no_request) {
  for (const Misbehaviour kind : {Misbehaviour::trickle, Misbehaviour::silent}) {
    CountingBroker counting;
    int steps = 0;
    const MisbehaviourResult result = misbehave(plan_of(kind, counting.broker), [&] { return ++steps > 20; });
    EXPECT_EQ(result.connections, 2u);
    EXPECT_EQ(counting.requests, 0);
  }
}

TEST(Misbehaviour, of_wrong_beginnings_comes_again_and_again) {
  CountingBroker counting;
  int steps = 0;
  const MisbehaviourResult result =
      misbehave(plan_of(Misbehaviour::wrong_beginnings, counting.broker), [&] { return ++steps > 10; });
  EXPECT_EQ(result.connections, 50u);
  EXPECT_EQ(counting.requests, 0);
}

}  // namespace
}  // namespace gantry::bench
