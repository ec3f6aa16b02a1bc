#include "bench/loadgen/load.h"

#include "bench/loadgen/echo_workload.h"
#include "bench/loadgen/generator.h"
#include "tests/unit/bench/loadgen/scripted_peer.h"

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const EchoWorkload kEcho(10, 64, false, Encoding::json);

LoadPlan short_plan(const ScriptedPeer& peer) {
  LoadPlan plan;
  plan.server = peer.endpoint();
  plan.connections = 2;
  plan.window = 4;
  plan.warmup = 100ms;
  plan.duration = 400ms;
  return plan;
}

std::string answer(const ReceivedFrame& request, std::uint16_t code, std::string body) {
  std::string out;
  Frame::build({.code = code, .flag = 1, .fields = {}, .body = std::move(body)}, Encoding::json)
      .append_to(out, static_cast<std::uint32_t>(request.opaque));
  return out;
}

std::string echo(const ReceivedFrame& request) {
  return answer(request, 0, std::string(request.body));
}

TEST(Load, of_a_closed_window_counts_every_request_as_answered) {
  std::atomic<std::uint64_t> requests = 0;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    ++requests;
    return echo(request);
  });
  LoadPlan plan = short_plan(peer);
  plan.threads = 2;
  plan.server_pid = ::getpid();
  const LoadResult result = run_load(plan, kEcho);
  EXPECT_TRUE(result.tally.all_answers_right()) << result.tally.first_complaint << result.tally.failure;
  EXPECT_GT(result.answers, 0u);
  EXPECT_EQ(result.tally.answers_by_code.at(0), requests);
  ASSERT_TRUE(result.server.has_value());
  EXPECT_GT(result.server->cpu.total, 0ns);
}

TEST(Load, at_a_rate_accounts_for_each_scheduled_request) {
  ScriptedPeer peer(echo);
  LoadPlan plan = short_plan(peer);
  plan.rate = 1'000;
  const LoadResult result = run_load(plan, kEcho);
  EXPECT_TRUE(result.tally.all_answers_right()) << result.tally.first_complaint << result.tally.failure;
  EXPECT_EQ(result.tally.latency.count(), 400u);
}

TEST(Load, lets_no_request_vanish_that_a_stalled_server_kept_from_starting) {
  ScriptedPeer peer([](const ReceivedFrame&) { return std::string(); });
  LoadPlan plan = short_plan(peer);
  plan.rate = 1'000;
  plan.patience = 0ns;
  const LoadResult result = run_load(plan, kEcho);
  EXPECT_FALSE(result.tally.all_answers_right());
  EXPECT_EQ(result.tally.unanswered, 8u) << "what the windows hold";
  EXPECT_EQ(result.tally.unsent, 400u) << "all of the measured time, since the warm-up filled the windows";
  EXPECT_EQ(result.tally.latency.count(), 400u);
}

TEST(Load, reports_the_codes_and_the_first_remark_of_refusals) {
  ScriptedPeer peer([](const ReceivedFrame& request) { return answer(request, 17, ""); });
  const LoadResult result = run_load(short_plan(peer), kEcho);
  EXPECT_FALSE(result.tally.all_answers_right());
  EXPECT_GT(result.tally.answers_by_code.at(17), 0u);
  EXPECT_THAT(result.tally.first_complaint, HasSubstr("code 17"));
}

TEST(Load, is_not_content_with_another_body_of_the_right_length) {
  ScriptedPeer peer([](const ReceivedFrame& request) { return answer(request, 0, std::string(64, 'x')); });
  EXPECT_THAT(run_load(short_plan(peer), kEcho).tally.first_complaint, HasSubstr("other bytes"));
  const EchoWorkload floor(10, 64, true, Encoding::json);
  EXPECT_THAT(run_load(short_plan(peer), floor).tally.first_complaint, IsEmpty());
}

TEST(Load, says_why_when_the_server_hangs_up) {
  ScriptedPeer peer([](const ReceivedFrame&) { return std::nullopt; });
  const LoadResult result = run_load(short_plan(peer), kEcho);
  EXPECT_FALSE(result.tally.all_answers_right());
  EXPECT_THAT(result.tally.failure, HasSubstr("server closed a connection"));
}

// Three frames in turn, each on its own code, after a greeting.
class InTurn final : public Workload {
 public:
  InTurn() {
    for (std::uint16_t code = 1; code <= 3; ++code)
      frames_.push_back(Frame::build({.code = code, .fields = {}, .body = {}}, Encoding::json));
  }
  std::string description() const override { return "in turn"; }
  std::span<const Frame> frames() const override { return frames_; }
  bool in_order() const override { return true; }
  std::vector<Command> greeting() const override { return {{.code = 34, .fields = {}, .body = {}}}; }
  std::unique_ptr<AnswerChecker> checker() const override {
    struct Checker final : AnswerChecker {
      std::optional<std::string> complaint(std::size_t, const ReceivedFrame&) override {
        return std::nullopt;
      }
      bool expects(const ReceivedFrame& push) override { return push.code == 40; }
    };
    return std::make_unique<Checker>();
  }

 private:
  std::vector<Frame> frames_;
};

TEST(Load, greets_on_each_connection_and_then_sends_its_frames_in_turn) {
  std::vector<std::int32_t> codes;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    codes.push_back(request.code);
    return answer(request, 0, "");
  });
  LoadPlan plan = short_plan(peer);
  plan.connections = 1;
  EXPECT_TRUE(run_load(plan, InTurn()).tally.all_answers_right());
  ASSERT_GT(codes.size(), 5u);
  EXPECT_EQ(codes[0], 34);
  for (std::size_t i = 2; i < codes.size(); ++i) EXPECT_EQ(codes[i] % 3, (codes[i - 1] + 1) % 3) << i;
}

TEST(Load, passes_over_what_its_workload_expects_to_be_told_and_wonders_at_the_rest) {
  std::uint16_t code = 40;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    std::string told;
    Frame::build({.code = code, .flag = 2, .fields = {}, .body = {}}, Encoding::json)
        .append_to(told, static_cast<std::uint32_t>(request.opaque));
    return answer(request, 0, "") + told;
  });
  EXPECT_TRUE(run_load(short_plan(peer), InTurn()).tally.all_answers_right());
  code = 39;
  EXPECT_GT(run_load(short_plan(peer), InTurn()).tally.stray_frames, 0u);
}

TEST(Load, cannot_begin_when_its_greeting_is_refused) {
  ScriptedPeer peer([](const ReceivedFrame& request) { return answer(request, 26, ""); });
  EXPECT_THROW(run_load(short_plan(peer), InTurn()), std::runtime_error);
}

TEST(Load, refuses_a_plan_that_leaves_a_thread_without_connection) {
  LoadPlan plan;
  plan.connections = 1;
  plan.threads = 2;
  EXPECT_THROW(run_load(plan, kEcho), std::invalid_argument);
}

TEST(OpenLoopSchedule, does_not_drift_with_an_interval_that_is_no_whole_number) {
  const TimePoint first{};
  Schedule schedule(first, std::chrono::duration<double, std::nano>(1e9 / 3));
  for (int i = 0; i < 3'000'000; ++i) schedule.advance();
  EXPECT_EQ(schedule.next() - first, 1'000'000s);
}

}  // namespace
}  // namespace gantry::bench
