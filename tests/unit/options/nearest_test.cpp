#include "options/nearest.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::options {
namespace {

const std::vector<std::string_view> kNames{"broker_expiry", "idle_timeout", "tls_certificate", "tls_mode",
                                           "io"};

TEST(NearestName, forgives_typing_mistakes) {
  EXPECT_EQ(nearest("broker_expiri", kNames), "broker_expiry");
  EXPECT_EQ(nearest("borker_expiry", kNames), "broker_expiry");
  EXPECT_EQ(nearest("brokerExpiry", kNames), "broker_expiry");
  EXPECT_EQ(nearest("broker-expiry", kNames), "broker_expiry");
  EXPECT_EQ(nearest("idletimeout", kNames), "idle_timeout");
  EXPECT_EQ(nearest("oi", kNames), "io");
}

TEST(NearestName, completes_a_beginning) {
  EXPECT_EQ(nearest("tls_cert", kNames), "tls_certificate");
}

TEST(NearestName, guesses_nothing_for_another_word) {
  EXPECT_EQ(nearest("colour", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), kNames), "");
}

}  // namespace
}  // namespace gantry::options
