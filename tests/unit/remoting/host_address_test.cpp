#include "remoting/host_address.h"

#include "tests/unit/remoting/generated_host.h"
#include "tests/unit/remoting/hex.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

std::string encoded(const HostAddress& host) {
  std::string bytes(host.encoded_size(), '?');
  EXPECT_EQ(host.encode_to(bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

TEST(HostAddress, is_an_address_in_network_order_and_a_wide_port) {
  EXPECT_EQ(encoded(HostAddress::v4({192, 168, 1, 10}, 10911)), from_hex("c0a8010a 00002a9f"));
  EXPECT_EQ(encoded(HostAddress::parse("[2001:db8::1]:10911").value()),
            from_hex("20010db8000000000000000000000001 00002a9f"));
}

TEST(HostAddress, reads_and_writes_the_usual_text) {
  for (const auto* text : {"1.2.3.4:10911", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:10911", "[::]:0",
                           "[2001:db8::ff00:42:8329]:9876", "[::ffff:10.0.0.1]:80"}) {
    const auto host = HostAddress::parse(text);
    ASSERT_TRUE(host) << text;
    EXPECT_EQ(host->str(), text);
  }
}

TEST(HostAddress, refuses_text_that_is_no_address_with_a_port) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          ":"sv,
                          "1.2.3.4"sv,
                          "1.2.3.4:"sv,
                          ":10911"sv,
                          "1.2.3:10911"sv,
                          "1.2.3.256:10911"sv,
                          "localhost:10911"sv,
                          "::1:10911"sv,
                          "[::1]"sv,
                          "[::1]10911"sv,
                          "[]:1"sv,
                          "[::1:10911"sv,
                          "[1.2.3.4]:1"sv,
                          "[fe80::1%eth0]:1"sv,
                          "1.2.3.4:65536"sv,
                          "1.2.3.4:-1"sv,
                          "1.2.3.4:+1"sv,
                          "1.2.3.4:1 "sv,
                          " 1.2.3.4:1"sv,
                          "1.2.3.4:0x10"sv,
                          "1.2.3.4\0:1"sv,
                          "1.2.3.4:99999999999"sv,
                          "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd]:1"sv})
    EXPECT_EQ(HostAddress::parse(text), std::nullopt) << text;
}

TEST(HostAddress, takes_an_ipv4_peer_out_of_its_mapped_form) {
  EXPECT_EQ(HostAddress::parse("[::ffff:10.0.0.1]:80")->unmapped(), HostAddress::v4({10, 0, 0, 1}, 80));
  EXPECT_EQ(HostAddress::parse("[::1]:80")->unmapped().str(), "[::1]:80");
  EXPECT_EQ(HostAddress::v4({10, 0, 0, 1}, 80).unmapped().str(), "10.0.0.1:80");
}

TEST(HostAddress, of_one_family_is_never_equal_to_one_of_the_other) {
  EXPECT_NE(HostAddress::v4({0, 0, 0, 0}, 1), HostAddress::v6({}, 1));
}

RC_GTEST_PROP(HostAddress, is_read_back_as_it_was_encoded, (const HostAddress& host)) {
  const std::string bytes = encoded(host);
  RC_ASSERT(HostAddress::decode(bytes.data(), host.is_v6()) == host);
}

RC_GTEST_PROP(HostAddress, is_read_back_from_its_text, (const HostAddress& host)) {
  const bool has_a_real_port = host.port() >= 0 && host.port() <= 65535;
  RC_ASSERT(HostAddress::parse(host.str()) == (has_a_real_port ? std::optional(host) : std::nullopt));
}

}  // namespace
}  // namespace gantry::remoting
