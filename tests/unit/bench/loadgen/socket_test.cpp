#include "bench/loadgen/socket.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

TEST(Endpoint, is_an_address_and_a_port) {
  const sockaddr_in endpoint = parse_endpoint("127.0.0.1:9876");
  EXPECT_EQ(ntohs(endpoint.sin_port), 9876);
  EXPECT_EQ(ntohl(endpoint.sin_addr.s_addr), INADDR_LOOPBACK);
}

TEST(Endpoint, is_not_guessed) {
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", ":9876", "localhost:9876", "127.0.0.1:0",
                           "127.0.0.1:65536", "127.0.0.1:98 ", "127.0.0.1:-1"})
    EXPECT_THROW(parse_endpoint(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace gantry::bench
