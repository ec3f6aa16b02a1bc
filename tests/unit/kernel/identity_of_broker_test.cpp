#include "kernel/identity_of_broker.h"

#include "kernel/broker_config.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

std::string address(const std::string& listen, const std::string& advertised) {
  BrokerConfig config;
  config.listen = options::HostPort::parse(listen).value();
  config.advertised_address = advertised;
  const auto identity = identity_of(config, 10911, "0.1.0");
  EXPECT_EQ(identity.host.port() == 10911, identity.address.ends_with(":10911"));
  return identity.address;
}

TEST(BrokerIdentity, is_the_configured_one) {
  BrokerConfig config;
  config.listen = {"127.0.0.1", 0};
  config.cluster = "c";
  config.broker_name = "broker-a";
  config.broker_id = 3;
  const auto identity = identity_of(config, 4711, "0.1.0");
  EXPECT_EQ(
      identity.cluster + " " + identity.name + " " + std::to_string(identity.id) + " " + identity.version,
      "c broker-a 3 0.1.0");
  EXPECT_EQ(identity.address, "127.0.0.1:4711");
  EXPECT_EQ(identity.host.str(), "127.0.0.1:4711");
}

TEST(BrokerIdentity, has_the_address_that_clients_shall_use) {
  EXPECT_EQ(address("0.0.0.0:10911", "10.0.0.7"), "10.0.0.7:10911");
  EXPECT_EQ(address("0.0.0.0:10911", "10.0.0.7:80"), "10.0.0.7:80");
  EXPECT_EQ(address("0.0.0.0:10911", "::1"), "[::1]:10911");
  EXPECT_EQ(address("127.0.0.1:10911", ""), "127.0.0.1:10911");
  EXPECT_EQ(address("0.0.0.0:10911", "localhost"), "localhost:10911");
}

TEST(BrokerIdentity, finds_an_address_of_this_machine_when_it_listens_on_all) {
  EXPECT_NE(address("0.0.0.0:10911", ""), "0.0.0.0:10911");
}

TEST(BrokerIdentity, refuses_an_address_that_nobody_can_look_up) {
  EXPECT_THROW(address("0.0.0.0:10911", "no.such.host.invalid"), std::runtime_error);
  EXPECT_EQ(why_no_advertised_address("10.0.0.7"), "");
  EXPECT_THAT(why_no_advertised_address("a:b:c:"), HasSubstr("must be a host or a host:port"));
}

TEST(BrokerIdentity, warns_when_clients_are_told_to_connect_to_themselves) {
  const api::BrokerIdentity local{.address = "127.0.0.1:10911"};
  EXPECT_EQ(why_unreachable(local, {"127.0.0.1:9876", "localhost:9876", "[::1]:9876"}), "");
  EXPECT_EQ(why_unreachable(local, {"127.0.0.1:9876", "10.0.0.5:9876"}),
            "they are told to connect to 127.0.0.1:10911, which for those that ask name server 10.0.0.5:9876 "
            "is their "
            "own machine");
  EXPECT_THAT(why_unreachable({.address = "localhost:10911"}, {"names.example:9876"}),
              HasSubstr("their own machine"));
  EXPECT_EQ(why_unreachable({.address = "10.0.0.7:10911"}, {"10.0.0.5:9876"}), "");
}

}  // namespace
}  // namespace gantry::kernel
