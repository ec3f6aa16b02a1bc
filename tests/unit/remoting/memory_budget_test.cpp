#include "remoting/memory_budget.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/raw_peer.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace gantry::remoting {
namespace {

using namespace std::chrono_literals;
using testing::EchoServer;
using testing::eventually;
using testing::frame_of;
using ::testing::HasSubstr;
using testing::RawPeer;

Command request(std::int32_t opaque) {
  return {.code = 9999, .opaque = opaque};
}

ServerOptions with_limits(ConnectionLimits limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

TEST(MemoryBudget, holds_no_more_memory_than_its_limit_for_half_frames) {
  ServerOptions options = with_limits({.frame_time = 1s, .slowest_per_second = ByteSize::mib(64)});
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options, 1);
  RawPeer good(server.endpoint());
  const auto half = frame_of(request(1), {}, std::string(2'000'000, 'h')).substr(0, 1'500'000);
  std::vector<std::unique_ptr<RawPeer>> peers;
  std::vector<std::thread> senders;
  std::size_t most = 0;
  for (int i = 0; i < 30; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.endpoint()));
    senders.emplace_back([&peer = *peers.back(), &half] {
      boost::system::error_code closed;
      boost::asio::write(peer.socket(), boost::asio::buffer(half), closed);
    });
  }
  while (server.server->connections() > 1) {
    most = std::max(most, server.server->memory_held());
    server.log.wait_for([](const auto&) { return false; }, 10ms);
  }
  for (auto& sender : senders) sender.join();
  // Reading stops at 80 %; the doubling of one buffer may come on top.
  EXPECT_LT(most, 9u << 20);
  EXPECT_GT(most, 4u << 20);
  EXPECT_EQ(good.ask(request(2), {}, "good")->body, "good");
  EXPECT_TRUE(eventually([&] { return server.server->memory_held() == 0; }));
}

TEST(MemoryBudget, serves_who_holds_little_while_others_hold_what_memory_there_is) {
  ServerOptions options = with_limits({.frame_time = 1min});
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options, 1);
  RawPeer good(server.endpoint());
  const auto half = frame_of(request(1), {}, std::string(2'000'000, 'h')).substr(0, 1'500'000);
  std::vector<std::unique_ptr<RawPeer>> peers;
  std::vector<std::thread> senders;
  for (int i = 0; i < 10; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.endpoint()));
    senders.emplace_back([&peer = *peers.back(), &half] {
      boost::system::error_code closed;
      boost::asio::write(peer.socket(), boost::asio::buffer(half), closed);
    });
  }
  const auto is_short = [&] { return server.server->memory_held() > (8u << 20) / 5 * 4; };
  EXPECT_TRUE(eventually(is_short));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(good.ask(request(2), {}, "good")->body, "good");
  EXPECT_TRUE(is_short());
  EXPECT_LT(server.server->memory_held(), 9u << 20);
  for (auto& peer : peers) ::shutdown(peer->socket().native_handle(), SHUT_RDWR);
  for (auto& sender : senders) sender.join();
}

TEST(MemoryBudget, gives_up_a_peer_that_does_not_read_sooner_while_memory_is_short) {
  ServerOptions options = with_limits({.outbox = ByteSize::mib(64), .write_time = 3s});
  options.memory_in_flight = ByteSize::mib(1);
  EchoServer server(options);
  RawPeer deaf(server.endpoint());
  RawPeer good(server.endpoint());
  const auto frame = frame_of(request(1), {}, std::string(30'000, 'd'));
  boost::system::error_code closed;
  std::size_t sent = 0;
  while (!closed && sent < (std::size_t{1} << 30)) {
    boost::asio::write(deaf.socket(), boost::asio::buffer(frame), closed);
    sent += frame.size();
  }
  EXPECT_THAT(server.reason_of_close(), HasSubstr("peer does not read, and memory is short: "));
  EXPECT_EQ(good.ask(request(2), {}, "good")->body, "good");
}

TEST(MemoryBudget, is_not_spent_on_the_answers_to_all_that_one_read_brought) {
  EchoServer server(with_limits({.outbox = ByteSize::mib(1)}));
  const std::string large(256 * 1024, 'l');
  server.sink.handle = [&](Connection& connection, const Request& asked) {
    const Slice body{large, nullptr};
    connection.answer(asked, {.body = {&body, 1}});
  };
  RawPeer peer(server.endpoint());
  constexpr int kRequests = 200;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += frame_of(request(i));
  peer.send(requests);
  EXPECT_TRUE(eventually([&] { return server.server->memory_held() > 0; }));
  for (int i = 0; i < kRequests; ++i) {
    // What may wait, and the answers to the eight questions that went beyond it.
    EXPECT_LT(server.server->memory_held(), 4u << 20);
    const auto received = peer.receive();
    ASSERT_NE(received, nullptr);
    EXPECT_EQ(received->command.opaque, i);
    EXPECT_EQ(received->body.size(), large.size());
  }
  EXPECT_EQ(peer.ask(request(kRequests))->body.size(), large.size());
}

}  // namespace
}  // namespace gantry::remoting
