#include "options/host_port.h"

#include <gtest/gtest.h>

namespace gantry::options {
namespace {

TEST(HostPortText, reads_names_and_addresses_and_writes_them_back) {
  for (const auto* text :
       {"0.0.0.0:9876", "localhost:0", "broker-1.example_x:65535", "[::1]:9876", "[fe80::1%eth0]:1"}) {
    const auto address = HostPort::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->str(), text);
  }
  EXPECT_EQ(HostPort::parse("[::1]:9876")->host, "::1");
}

TEST(HostPortText, refuses_what_is_incomplete_or_ambiguous) {
  for (const auto* text :
       {"", "9876", ":9876", "localhost", "localhost:", "localhost:65536", "localhost:-1", "::1:9876",
        "[::1]", "[]:1", "[localhost]:1", "a b:1", "host:1 ", "http://x:1", "x:0x10"})
    EXPECT_EQ(HostPort::parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gantry::options
