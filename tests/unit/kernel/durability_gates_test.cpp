#include "kernel/durability_gates.h"

#include "tests/unit/kernel/manual_background.h"
#include "tests/unit/kernel/some_plugin.h"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;

class Gate final : public api::DurabilityGate {
 public:
  void hold(api::LogOffset end, api::Completion<void> safe) override { held.emplace(end, std::move(safe)); }

  void agree(std::int64_t end) { held.at({end}).succeed(); }

  std::map<api::LogOffset, api::Completion<void>> held;
};

struct DurabilityGatesTest : testing::Test {
  ManualClock clock;
  ManualBackground background{clock};
  SomePlugin broker{"broker"}, ha_plugin{"ha"}, copy_plugin{"copy"};
  std::unique_ptr<PluginJobs> jobs = background.for_plugin(broker.boundary);
  Gate ha, copy;
  std::vector<std::string> outcomes;

  std::unique_ptr<DurabilityGates> gates(std::vector<Installed<api::DurabilityGate>> installed) {
    return std::make_unique<DurabilityGates>(installed, 3s, clock, jobs->timers());
  }
  std::unique_ptr<DurabilityGates> only_ha() { return gates({{&ha_plugin.boundary, &ha}}); }
  std::unique_ptr<DurabilityGates> both() {
    return gates({{&ha_plugin.boundary, &ha}, {&copy_plugin.boundary, &copy}});
  }
  static std::string misused(std::string_view misuse, int count) {
    return R"(gantry_plugin_completions_misused_total{plugin="ha",misuse=")" + std::string(misuse) +
           R"("} )" + std::to_string(count);
  }
  DurabilityGates::Done note() {
    return [this](const api::Result<void>& outcome) {
      outcomes.push_back(outcome ? "safe" : outcome.error().text);
    };
  }
};

TEST_F(DurabilityGatesTest, acknowledge_at_once_where_there_is_no_gate) {
  const auto none = gates({});
  none->hold({100}, note());
  EXPECT_EQ(outcomes, std::vector<std::string>{"safe"});
}

TEST_F(DurabilityGatesTest, wait_for_every_gate) {
  const auto all = both();
  all->hold({100}, note());
  ha.agree(100);
  EXPECT_TRUE(outcomes.empty());
  copy.agree(100);
  EXPECT_EQ(outcomes, std::vector<std::string>{"safe"});
}

TEST_F(DurabilityGatesTest, let_a_later_burst_be_safe_first) {
  const auto all = only_ha();
  std::string order;
  all->hold({100}, [&order](const api::Result<void>&) { order += "first "; });
  all->hold({200}, [&order](const api::Result<void>&) { order += "second "; });
  ha.agree(200);
  ha.agree(100);
  EXPECT_EQ(order, "second first ");
}

TEST_F(DurabilityGatesTest, tell_the_first_refusal_with_the_name_of_its_plugin) {
  const auto all = both();
  all->hold({100}, note());
  ha.held.at({100}).fail({remoting::ResponseCode::flush_slave_timeout, "no slave is connected"});
  copy.agree(100);
  EXPECT_EQ(outcomes, std::vector<std::string>{"plugin ha: no slave is connected"});
  EXPECT_TRUE(copy_plugin.log.lines().empty()) << "it was not late, another was faster";
}

TEST_F(DurabilityGatesTest, give_up_on_a_silent_gate_and_say_which) {
  const auto all = both();
  all->hold({100}, note());
  ha.agree(100);
  background.advance(2900ms);
  EXPECT_TRUE(outcomes.empty());
  background.advance(200ms);
  EXPECT_EQ(
      outcomes,
      std::vector<std::string>{
          "plugin copy did not say within 3000ms that the message is safe; it is stored here all the same"});
}

TEST_F(DurabilityGatesTest, count_a_late_answer_and_otherwise_ignore_it) {
  const auto all = only_ha();
  all->hold({100}, note());
  background.advance(4s);
  ha.agree(100);
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(ha_plugin.counted(misused("told_late", 1)));
}

TEST_F(DurabilityGatesTest, count_an_answer_that_is_told_twice_and_otherwise_ignore_it) {
  const auto all = only_ha();
  all->hold({100}, note());
  ha.agree(100);
  ha.held.at({100}).fail({.text = "no, it is not"});
  EXPECT_EQ(outcomes, std::vector<std::string>{"safe"});
  EXPECT_TRUE(ha_plugin.counted(misused("told_twice", 1)));
}

TEST_F(DurabilityGatesTest, refuse_what_a_gate_drops) {
  const auto all = only_ha();
  all->hold({100}, note());
  ha.held.clear();
  EXPECT_EQ(outcomes, std::vector<std::string>{"plugin ha: it was given up without an outcome"});
  EXPECT_TRUE(ha_plugin.counted(misused("dropped", 1)));
}

TEST_F(DurabilityGatesTest, refuse_when_a_gate_throws_and_name_it) {
  struct Broken final : api::DurabilityGate {
    void hold(api::LogOffset, api::Completion<void>) override { throw std::runtime_error("not connected"); }
  } broken;
  const auto all = gates({{&ha_plugin.boundary, &broken}});
  all->hold({100}, note());
  EXPECT_EQ(outcomes, std::vector<std::string>{"plugin ha: it was given up without an outcome"});
  EXPECT_TRUE(ha_plugin.counted(R"(gantry_plugin_exceptions_total{plugin="ha",step="durability gate"} 1)"));
}

TEST_F(DurabilityGatesTest, take_an_answer_from_a_foreign_thread) {
  const auto all = both();
  all->hold({100}, note());
  std::thread foreign([this] { ha.agree(100); });
  copy.agree(100);
  foreign.join();
  EXPECT_EQ(outcomes, std::vector<std::string>{"safe"});
}

TEST_F(DurabilityGatesTest, refuse_what_still_waits_when_the_broker_stops) {
  auto all = only_ha();
  all->hold({100}, note());
  all.reset();
  EXPECT_EQ(outcomes, std::vector<std::string>{"the broker is stopping"});
}

}  // namespace
}  // namespace gantry::kernel
