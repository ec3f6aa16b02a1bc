#include "kernel/guarded_points.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;

// Keeps what shall be called back.
struct KeptParking final : api::Parking {
  api::Result<void> park(std::string_view, api::QueueId, api::QueueOffset,
                         std::chrono::steady_clock::time_point, std::size_t,
                         std::function<void(api::Woken)> wake) override {
    parked.push_back(std::move(wake));
    return {};
  }
  void wake(std::string_view topic, api::QueueId) override { woken = topic; }
  std::vector<std::function<void(api::Woken)>> parked;
  std::string woken;
};
struct KeptCalls final : api::LocalCalls {
  void request(std::string_view, const remoting::OutgoingRequest&, std::chrono::milliseconds,
               remoting::Connection::ResponseHandler done) override {
    asked.push_back(std::move(done));
  }
  std::vector<remoting::Connection::ResponseHandler> asked;
};

struct GuardedPoints : testing::Test {
  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary plugin{"tail", metrics, log, clock};
};

TEST_F(GuardedPoints, tell_a_plugin_why_its_request_was_woken) {
  KeptParking all;
  GuardedParking parking(all, plugin);
  std::vector<api::Woken> told;
  ASSERT_TRUE(parking.park("T", api::QueueId{0}, {1}, {}, 0, [&](api::Woken why) { told.push_back(why); }));
  all.parked.at(0)(api::Woken::time_up);
  EXPECT_EQ(told, std::vector{api::Woken::time_up});
  parking.wake("T", api::QueueId{0});
  EXPECT_EQ(all.woken, "T");
}

TEST_F(GuardedPoints, end_what_a_woken_plugin_throws) {
  KeptParking all;
  GuardedParking parking(all, plugin);
  ASSERT_TRUE(
      parking.park("T", api::QueueId{0}, {1}, {}, 0, [](api::Woken) { throw std::runtime_error("no"); }));
  all.parked.at(0)(api::Woken::messages);
  EXPECT_EQ(log.lines().size(), 1u);
}

TEST_F(GuardedPoints, end_what_a_plugin_throws_at_an_answer) {
  KeptCalls all;
  GuardedLocalCalls calls(all, plugin);
  int answered = 0;
  calls.request("here", {}, 1s, [&](auto) { ++answered; });
  calls.request("here", {}, 1s, [](auto) { throw std::runtime_error("no"); });
  for (const auto& done : all.asked) done(remoting::Response{});
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(log.lines().size(), 1u);
}

}  // namespace
}  // namespace gantry::kernel
