#include "plugins/schedule/in_flight.h"

#include <thread>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

TEST(InFlight, lets_none_begin_once_it_is_closed) {
  InFlight bursts;
  EXPECT_TRUE(bursts.begin());
  bursts.end();
  EXPECT_TRUE(bursts.close(0ms));
  EXPECT_FALSE(bursts.begin());
}

TEST(InFlight, waits_for_those_that_have_begun) {
  InFlight bursts;
  ASSERT_TRUE(bursts.begin());
  std::thread other([&] { bursts.end(); });
  EXPECT_TRUE(bursts.close(1min));
  other.join();
}

TEST(InFlight, tells_that_it_has_waited_in_vain) {
  InFlight bursts;
  ASSERT_TRUE(bursts.begin());
  EXPECT_FALSE(bursts.close(1ms));
}

}  // namespace
}  // namespace gantry::schedule
