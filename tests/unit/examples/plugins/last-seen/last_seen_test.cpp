#include "tests/unit/examples/load_example.h"

#include <array>

#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

remoting::MessageRecord a_message(std::string_view topic, std::int64_t stored_at) {
  return {.store_timestamp = stored_at, .body = "x", .topic = topic};
}

TEST(LastSeen, tells_when_each_topic_got_its_last_message) {
  TestContext context;
  TestHost host(context, example("last-seen"));
  const std::array records{a_message("orders", 1'000), a_message("bills", 2'000), a_message("orders", 3'000)};
  host.store(records);
  EXPECT_EQ(context.metrics().gauge_value("last_stored_seconds", {{"topic", "orders"}}), 3);
  EXPECT_EQ(context.metrics().gauge_value("last_stored_seconds", {{"topic", "bills"}}), 2);
}

TEST(LastSeen, knows_it_after_a_restart_too) {
  TestContext context;
  {
    TestHost host(context, example("last-seen"));
    const std::array records{a_message("orders", 7'000)};
    host.store(records);
  }
  EXPECT_EQ(context.key_values().get("orders"), "7000");
  context.metrics().gauge("last_stored_seconds", "", {{"topic", "orders"}}).set(0);
  TestHost again(context, example("last-seen"));
  EXPECT_EQ(context.metrics().gauge_value("last_stored_seconds", {{"topic", "orders"}}), 7);
}

TEST(LastSeen, says_when_the_disk_did_not_take_it) {
  TestContext context;
  TestHost host(context, example("last-seen"));
  context.key_values().refuse(Refusal{.text = "the disk is full"});
  const std::array records{a_message("orders", 7'000)};
  host.store(records);
  ASSERT_EQ(context.log().count("last times not kept"), 1u);
  EXPECT_EQ(context.log().lines().back().field("reason"), "\"the disk is full\"");
}

}  // namespace
}  // namespace gantry::api::testing
