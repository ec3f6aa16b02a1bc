#include "tests/unit/examples/load_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using access::Right;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TestHost::Options inside(std::vector<std::string> networks) {
  return {{"inside", std::move(networks)}};
}

TEST(Guests, may_read_and_no_more) {
  TestContext context;
  TestHost host(context, example("guests"));
  for (const Right right : {Right::open, Right::consume, Right::inspect})
    EXPECT_TRUE(host.decide("192.0.2.1:50000", right).allowed);
  for (const Right right : {Right::publish, Right::join, Right::administer}) {
    const auto said = host.decide("192.0.2.1:50000", right);
    EXPECT_FALSE(said.allowed);
    EXPECT_THAT(said.reason, HasSubstr("192.0.2.1:50000 is a guest"));
    EXPECT_THAT(said.reason, HasSubstr("the right to " + std::string(name_of(right))));
  }
}

TEST(Guests, are_all_who_come_from_no_network_of_the_inside) {
  TestContext context;
  TestHost host(context, example("guests"), inside({"10.16.0.0/12", "fd00::/8"}));
  const auto may_publish = [&](const std::string& peer) { return host.decide(peer, Right::publish).allowed; };
  EXPECT_TRUE(may_publish("10.16.0.1:1"));
  EXPECT_TRUE(may_publish("10.31.255.255:1"));
  EXPECT_FALSE(may_publish("10.32.0.1:1"));
  EXPECT_TRUE(may_publish("[fd12::1]:1"));
  EXPECT_FALSE(may_publish("[fe80::1]:1"));
  EXPECT_TRUE(may_publish("[::ffff:10.16.0.1]:1"));
}

TEST(Guests, stay_guests_when_a_plugin_asks_for_them) {
  TestContext context;
  TestHost host(context, example("guests"));
  EXPECT_FALSE(host.decide("http 192.0.2.1:50000", Right::publish).allowed);
  EXPECT_TRUE(host.decide("http 127.0.0.1:50000", Right::publish).allowed);
}

TEST(Guests, are_told_by_networks_that_are_some) {
  for (const std::string wrong :
       {"10.0.0.0", "10.0.0.0/33", "10.0.0/8", "ten/8", "10.0.0.0/8x", "10.0.0.0/"}) {
    TestContext context;
    EXPECT_THAT([&] { TestHost(context, example("guests"), inside({wrong})); },
                ThrowsMessage<std::invalid_argument>(HasSubstr("has " + wrong + ", which is no network")));
  }
}

}  // namespace
}  // namespace gantry::api::testing
