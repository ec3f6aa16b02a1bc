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
using testing::request;
using testing::with_limits;

TEST(MemoryBudget, promises_memory_for_whole_frames_while_there_is_plenty) {
  MemoryBudget budget(ByteSize::kib(1000));
  EXPECT_FALSE(budget.take_for_frame(1000 * 1024 + 1));
  EXPECT_TRUE(budget.take_for_frame(1000 * 1024)) << "all of it, when nobody holds any";
  EXPECT_FALSE(budget.is_used_up());
  budget.give_back(1000 * 1024);
  budget.take(799 * 1024);
  EXPECT_FALSE(budget.take_for_frame(202 * 1024));
  EXPECT_TRUE(budget.take_for_frame(200 * 1024));
  EXPECT_FALSE(budget.take_for_frame(1)) << "small ones get no more than large ones";
  EXPECT_EQ(budget.held(), 999 * 1024u);
}

TEST(MemoryBudget, is_short_while_anybody_waits_for_it) {
  MemoryBudget budget(ByteSize::kib(1000));
  EXPECT_FALSE(budget.is_short());
  {
    const MemoryBudget::Waiting waiting(budget);
    EXPECT_TRUE(budget.is_short());
  }
  EXPECT_FALSE(budget.is_short());
}

// Peers that send most of a large frame each and stop, one after the other.
class PeersThatStop {
 public:
  PeersThatStop(const EchoServer& server, int count) {
    for (int i = 0; i < count; ++i) {
      peers_.push_back(std::make_unique<RawPeer>(server.endpoint()));
      senders_.emplace_back([&peer = *peers_.back()] {
        boost::system::error_code closed;
        boost::asio::write(peer.socket(), boost::asio::buffer(half()), closed);
      });
    }
  }
  ~PeersThatStop() {
    for (auto& peer : peers_) ::shutdown(peer->socket().native_handle(), SHUT_RDWR);
    for (auto& sender : senders_) sender.join();
  }

  static const std::string& whole() {
    static const auto frame = frame_of(request(1), {}, std::string(2'000'000, 'h'));
    return frame;
  }
  static std::string half() { return whole().substr(0, 1'500'000); }

 private:
  std::vector<std::unique_ptr<RawPeer>> peers_;
  std::vector<std::thread> senders_;
};

void answer_shortly(EchoServer& server) {
  server.sink.handle = [](Connection& connection, const Request& asked) {
    connection.answer(asked, {.remark = std::to_string(asked.body.size())});
  };
}

bool is_short(const EchoServer& server) {
  return server.server->memory_held() > (8u << 20) / 5 * 4;
}

TEST(MemoryBudget, lets_frames_that_are_together_far_more_than_it_finish_one_after_the_other) {
  ServerOptions options;
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options);
  answer_shortly(server);
  std::vector<std::thread> peers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 30; ++i) {
    peers.emplace_back([&] {
      RawPeer peer(server.endpoint());
      boost::system::error_code closed;
      for (int round = 0; round < 5 && !closed; ++round) {
        boost::asio::write(peer.socket(), boost::asio::buffer(PeersThatStop::whole()), closed);
        if (peer.receive() != nullptr) ++answered;
      }
    });
  }
  for (auto& peer : peers) peer.join();
  EXPECT_EQ(answered, 150);
  EXPECT_TRUE(eventually([&] { return server.server->memory_held() == 0; }));
}

TEST(MemoryBudget, takes_a_frame_as_large_as_itself_beside_others_that_hold_little) {
  ServerOptions options = with_limits({.frame = ByteSize::mib(16)});
  options.memory_in_flight = ByteSize::mib(16);
  EchoServer server(options);
  answer_shortly(server);
  RawPeer little(server.endpoint());
  little.send(frame_of(request(1)) + frame_of(request(2), {}, std::string(7000, 'l')).substr(0, 6000));
  ASSERT_TRUE(little.receive());
  RawPeer large(server.endpoint());
  const auto head = frame_of(request(3)).size();
  const auto answer = large.ask(request(3), {}, std::string((16u << 20) - head, 'x'));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->command.remark, std::to_string((16u << 20) - head));
}

TEST(MemoryBudget, is_taken_from_frames_that_do_not_go_on_for_others_that_wait) {
  ServerOptions options = with_limits({.frame_time = 3s});
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options);
  answer_shortly(server);
  const PeersThatStop stopped(server, 4);
  ASSERT_TRUE(eventually([&] { return is_short(server); }));
  RawPeer good(server.endpoint());
  good.send(PeersThatStop::whole());
  EXPECT_THAT(server.reason_of_close(), HasSubstr("frame does not go on, and memory is short: "));
  const auto answer = good.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->command.remark, "2000000");
}

TEST(MemoryBudget, is_taken_from_a_frame_that_comes_more_slowly_than_is_put_up_with) {
  ServerOptions options = with_limits({.frame_time = 10s, .slowest_per_second = ByteSize::mib(64)});
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options);
  RawPeer slow(server.endpoint());
  slow.send(PeersThatStop::half());
  ASSERT_TRUE(eventually([&] { return server.server->memory_held() > 1'900'000; }));
  // Waits for more than there will be.
  RawPeer waiting(server.endpoint());
  waiting.send(frame_of(request(1), {}, std::string(10 << 20, 'w')).substr(0, 100'000));
  // A byte now and then is no progress.
  boost::system::error_code closed;
  while (!closed) {
    boost::asio::write(slow.socket(), boost::asio::buffer("x", 1), closed);
    server.log.wait_for("connection closed", 20ms);
  }
  EXPECT_THAT(server.reason_of_close(), HasSubstr("frame does not go on, and memory is short: 150"));
}

TEST(MemoryBudget, is_waited_for_no_longer_than_a_frame_has_time) {
  ServerOptions options = with_limits({.frame_time = 500ms});
  options.memory_in_flight = ByteSize::mib(1);
  EchoServer server(options);
  RawPeer peer(server.endpoint());
  // Never fits: the options of a program do not allow such limits.
  peer.send(PeersThatStop::half());
  EXPECT_THAT(server.reason_of_close(), HasSubstr("no memory for a frame of 2000"));
}

TEST(MemoryBudget, is_not_waited_for_by_a_peer_that_has_gone) {
  ServerOptions options = with_limits({.frame_time = 1h});
  options.memory_in_flight = ByteSize::mib(8);
  EchoServer server(options);
  const PeersThatStop stopped(server, 4);
  ASSERT_TRUE(eventually([&] { return is_short(server); }));
  RawPeer(server.endpoint()).send(PeersThatStop::whole().substr(0, 20'000));
  EXPECT_THAT(server.reason_of_close(), HasSubstr("peer closed"));
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
  // Before that, the server may not have taken a single one of them in.
  EXPECT_TRUE(eventually([&] { return server.server->memory_held() > 4u << 20; }));
  while (server.server->connections() > 1) {
    most = std::max(most, server.server->memory_held());
    server.log.wait_for([](const auto&) { return false; }, 10ms);
  }
  for (auto& sender : senders) sender.join();
  // Reading stops at 80 %; the doubling of one buffer may come on top.
  EXPECT_LT(most, 9u << 20);
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
