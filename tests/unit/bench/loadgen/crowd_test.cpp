#include "bench/loadgen/crowd.h"

#include "bench/loadgen/filling.h"
#include "tests/unit/bench/loadgen/scripted_broker.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::ThrowsMessage;

CrowdPlan plan_for(const ScriptedBroker& broker) {
  CrowdPlan plan;
  plan.server = broker.endpoint();
  plan.clients = 5;
  plan.groups = 2;
  plan.pulls = 3;
  plan.messages.queues = 2;
  return plan;
}

bool waits(const ReceivedFrame& request) {
  return request.code == 11 && (ScriptedBroker::number(request, "sysFlag") & 2) != 0;
}

TEST(Crowd, makes_all_consumers_known_and_lets_their_pulls_wait_at_the_ends_of_the_queues) {
  std::atomic<int> parked = 0;
  std::atomic<int> at_the_end = 0;
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (!waits(request)) return std::nullopt;
    if (ScriptedBroker::number(request, "queueOffset") == 4) ++at_the_end;
    ++parked;  // last: the test goes on at the count
    return "";
  });
  fill(broker.endpoint(), {.messages = {.topics = 1, .queues = 2, .body_bytes = 16}}, 8);
  Crowd crowd(plan_for(broker));
  while (parked < 15) crowd.attend(1ms);
  EXPECT_EQ(at_the_end, 15);
  EXPECT_EQ(std::count(broker.codes.begin(), broker.codes.end(), 34), 5);
}

TEST(Crowd, sends_a_pull_again_that_has_waited_in_vain) {
  std::atomic<int> pulls = 0;
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (!waits(request)) return std::nullopt;
    if (++pulls > 30) return "";
    return ScriptedBroker::answer(request, 19, {{"maxOffset", "0"}});
  });
  Crowd crowd(plan_for(broker));
  while (pulls <= 30) crowd.attend(1ms);
}

TEST(Crowd, keeps_itself_known) {
  std::atomic<int> heartbeats = 0;
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (request.code == 34) ++heartbeats;
    return std::nullopt;
  });
  CrowdPlan plan = plan_for(broker);
  plan.heartbeat_period = 0s;
  Crowd crowd(plan);
  while (heartbeats < 10) crowd.attend(1ms);
}

TEST(Crowd, says_why_a_pull_was_refused) {
  ScriptedBroker broker([&](const ReceivedFrame& request) -> std::optional<std::string> {
    if (!waits(request)) return std::nullopt;
    return ScriptedBroker::answer(request, 24);
  });
  Crowd crowd(plan_for(broker));
  EXPECT_THAT([&] { crowd.attend(10s); }, ThrowsMessage<std::runtime_error>(HasSubstr("code 24")));
}

}  // namespace
}  // namespace gantry::bench
