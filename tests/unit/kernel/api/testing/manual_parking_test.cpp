#include "kernel/api/testing/manual_parking.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr QueueId kOrders{1};

class ManualParkingOfOrders : public ::testing::Test {
 protected:
  Result<void> park(std::int64_t wants) {
    return parking_.park("orders", kOrders, {wants}, clock_.now() + 10s, 0,
                         [this](Woken why) { woken_.push_back(why); });
  }

  ManualClock clock_;
  ManualJobs jobs_{clock_};
  ManualParking parking_{jobs_, clock_};
  std::vector<Woken> woken_;
};

TEST_F(ManualParkingOfOrders, wakes_what_waits_for_a_message_once_it_is_there) {
  park(0).value();
  park(5).value();
  parking_.grow("orders", QueueId{2}, {9});
  parking_.grow("orders", kOrders, {1});
  EXPECT_TRUE(woken_.empty());
  EXPECT_TRUE(parking_.run());
  EXPECT_THAT(woken_, ElementsAre(Woken::messages));
  EXPECT_EQ(parking_.count(), 1u);
  park(0).value();  // which is there already
  EXPECT_TRUE(parking_.run());
  EXPECT_FALSE(parking_.run());
  EXPECT_EQ(woken_.size(), 2u);
}

TEST_F(ManualParkingOfOrders, wakes_by_its_time_by_hand_and_at_the_end) {
  park(0).value();
  jobs_.run_due_until(clock_.now() + 11s);
  parking_.run();
  park(0).value();
  parking_.wake("orders", kOrders);
  parking_.run();
  park(0).value();
  parking_.stop();
  parking_.run();
  EXPECT_THAT(woken_, ElementsAre(Woken::time_up, Woken::messages, Woken::stopping));
  EXPECT_FALSE(park(0));
}

TEST_F(ManualParkingOfOrders, refuses_when_the_test_says_so) {
  parking_.refuse(Refusal{.text = "full"});
  EXPECT_EQ(park(0).error().text, "full");
  EXPECT_EQ(parking_.count(), 0u);
}

}  // namespace
}  // namespace gantry::api::testing
