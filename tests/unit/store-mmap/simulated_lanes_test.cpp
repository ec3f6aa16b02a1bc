#include "tests/unit/store-mmap/simulated_lanes.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Simulation {
  explicit Simulation(std::uint64_t seed = 1) : lanes(seed, clock) {}

  std::function<void()> note(char letter) {
    return [this, letter] { ran += letter; };
  }

  api::testing::ManualClock clock;
  SimulatedLanes lanes;
  std::string ran;
};

TEST(SimulatedLanes, runs_nothing_by_itself_and_then_one_job_at_a_time) {
  Simulation simulation;
  simulation.lanes.post(Lane::flush, simulation.note('a'));
  simulation.lanes.post(Lane::flush, simulation.note('b'));
  EXPECT_EQ(simulation.ran, "");
  EXPECT_TRUE(simulation.lanes.run_one());
  EXPECT_EQ(simulation.ran, "a");
  EXPECT_TRUE(simulation.lanes.run_one());
  EXPECT_EQ(simulation.ran, "ab");
  EXPECT_FALSE(simulation.lanes.run_one());
}

TEST(SimulatedLanes, keeps_the_order_of_a_lane_and_mixes_lanes_by_the_seed) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto order = [seed] {
      Simulation simulation(seed);
      for (const char letter : {'a', 'b', 'c'}) simulation.lanes.post(Lane::flush, simulation.note(letter));
      for (const char letter : {'x', 'y', 'z'}) simulation.lanes.post(Lane::queues, simulation.note(letter));
      EXPECT_TRUE(simulation.lanes.run_until_idle());
      return simulation.ran;
    };
    const std::string ran = order();
    EXPECT_EQ(ran, order());
    EXPECT_LT(ran.find('a'), ran.find('b'));
    EXPECT_LT(ran.find('b'), ran.find('c'));
    EXPECT_LT(ran.find('x'), ran.find('y'));
    EXPECT_LT(ran.find('y'), ran.find('z'));
    orders.insert(ran);
  }
  EXPECT_EQ(orders.size(), 20U) << "every way to put three into three";
}

TEST(SimulatedLanes, runs_a_delayed_job_at_its_time) {
  Simulation simulation;
  simulation.lanes.post_after(Lane::flush, 3s, simulation.note('c'));
  simulation.lanes.post_after(Lane::index, 2s, simulation.note('b'));
  simulation.lanes.post_after(Lane::flush, 0s, simulation.note('a'));
  EXPECT_TRUE(simulation.lanes.run_until_idle());
  EXPECT_EQ(simulation.ran, "a");
  const auto before = simulation.clock.now();
  EXPECT_TRUE(simulation.lanes.run_for(2s));
  EXPECT_EQ(simulation.ran, "ab");
  EXPECT_EQ(simulation.clock.now(), before + 2s);
  simulation.clock.advance(1s);
  EXPECT_TRUE(simulation.lanes.run_one());
  EXPECT_EQ(simulation.ran, "abc");
}

TEST(SimulatedLanes, stops_running_a_row_without_an_end) {
  Simulation simulation;
  std::function<void()> again = [&] { simulation.lanes.post(Lane::flush, again); };
  again();
  EXPECT_FALSE(simulation.lanes.run_until_idle(1000));
  EXPECT_FALSE(simulation.lanes.run_for(1s, 1000));
}

TEST(SimulatedLanes, moves_the_time_until_what_is_waited_for_happens) {
  Simulation simulation;
  std::function<void()> every_second = [&] {
    simulation.ran += '.';
    simulation.lanes.post_after(Lane::queues, 1s, every_second);
  };
  every_second();
  EXPECT_TRUE(simulation.lanes.run_until([&] { return simulation.ran.size() == 5; }, 10s));
  EXPECT_FALSE(simulation.lanes.run_until([&] { return simulation.ran.size() == 50; }, 10s));
  simulation.lanes.stop();
  EXPECT_FALSE(simulation.lanes.run_until([] { return false; }, 10s)) << "nothing more can happen";
}

TEST(SimulatedLanes, begins_nothing_after_it_was_stopped) {
  Simulation simulation;
  simulation.lanes.post(Lane::flush, [&] {
    simulation.ran += 'a';
    simulation.lanes.stop();
  });
  simulation.lanes.post(Lane::flush, simulation.note('b'));
  simulation.lanes.post_after(Lane::flush, 1s, simulation.note('c'));
  EXPECT_TRUE(simulation.lanes.run_for(1min));
  simulation.lanes.post(Lane::flush, simulation.note('d'));
  EXPECT_FALSE(simulation.lanes.run_one());
  EXPECT_EQ(simulation.ran, "a");
}

TEST(SimulatedLanes, holds_a_lane_back_until_it_is_let_go) {
  Simulation simulation;
  simulation.lanes.hold(Lane::flush);
  simulation.lanes.post(Lane::flush, simulation.note('a'));
  simulation.lanes.post_after(Lane::flush, 1s, simulation.note('b'));
  simulation.lanes.post(Lane::queues, simulation.note('x'));
  EXPECT_TRUE(simulation.lanes.run_for(1min));
  EXPECT_EQ(simulation.ran, "x");
  EXPECT_EQ(simulation.lanes.waiting_jobs(), 2U);
  simulation.lanes.let_go(Lane::flush);
  EXPECT_TRUE(simulation.lanes.run_until_idle());
  EXPECT_EQ(simulation.ran, "xab");
}

TEST(SimulatedLanes, runs_a_chosen_lane_alone) {
  Simulation simulation;
  simulation.lanes.post(Lane::queues, simulation.note('x'));
  simulation.lanes.post(Lane::flush, simulation.note('a'));
  EXPECT_TRUE(simulation.lanes.run_one(Lane::flush));
  EXPECT_FALSE(simulation.lanes.run_one(Lane::flush));
  EXPECT_EQ(simulation.ran, "a");
}

}  // namespace
}  // namespace gantry::store
