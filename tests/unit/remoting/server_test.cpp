#include "remoting/server.h"

#include "remoting/byte_order.h"
#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/raw_peer.h"

#include <future>
#include <sched.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Server, answers_in_the_serialization_of_the_request) {
  EchoServer server;
  RawPeer peer(server.endpoint());
  for (const auto type : {SerializeType::json, SerializeType::rocketmq}) {
    const auto answer = peer.ask(request(7, type), {}, "hello");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->command.serialize_type, type);
    EXPECT_EQ(answer->command.opaque, 7);
    EXPECT_TRUE(answer->command.is_response());
    EXPECT_EQ(answer->command.version, kProtocolVersion);
    EXPECT_EQ(answer->body, "hello");
  }
}

TEST(Server, works_off_all_frames_of_one_read_as_one_burst) {
  EchoServer server;
  RawPeer peer(server.endpoint());
  std::string all;
  for (int i = 0; i < 100; ++i) all += frame_of(request(i), {}, std::to_string(i));
  peer.send(all);
  for (int i = 0; i < 100; ++i) {
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->command.opaque, i);
    EXPECT_EQ(answer->body, std::to_string(i));
  }
  EXPECT_LT(server.sink.bursts, 100);
}

TEST(Server, reads_the_rest_of_a_frame_together_with_what_is_behind_it) {
  EchoServer server;
  RawPeer peer(server.endpoint());
  ASSERT_TRUE(peer.ask(request(0)));
  std::string all;
  for (int i = 1; i <= 100; ++i) {
    // Not one of those that are handed out a few at a time.
    auto send = request(i);
    send.code = static_cast<std::int32_t>(RequestCode::send_message_v2);
    all += frame_of(send, {}, std::string(200, 'x'));
  }
  const std::string first_part = frame_of(request(-1)) + all.substr(0, 50);
  peer.send(first_part);
  ASSERT_TRUE(peer.receive()) << "then the part of a frame has been taken, too";
  const int before = server.sink.bursts;
  peer.send(all.substr(50));
  for (int i = 1; i <= 100; ++i) {
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->command.opaque, i);
  }
  EXPECT_LE(server.sink.bursts - before, 3);
}

TEST(Server, takes_frames_that_arrive_in_pieces_of_any_size) {
  EchoServer server;
  RawPeer peer(server.endpoint());
  std::string all;
  const std::string large(700'000, 'x');  // more than the buffer that connections share
  for (int i = 0; i < 3; ++i) all += frame_of(request(i), {}, i == 1 ? large : "small");
  std::thread sender([&] {
    std::size_t at = 0;
    for (std::size_t step = 1; at < all.size(); step = step * 3 + 1) {
      peer.send(std::string_view(all).substr(at, step));
      at += step;
    }
  });
  for (int i = 0; i < 3; ++i) {
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->command.opaque, i);
    EXPECT_EQ(answer->body.size(), i == 1 ? large.size() : 5);
  }
  sender.join();
}

TEST(Server, does_not_answer_a_one_way_request) {
  EchoServer server;
  RawPeer peer(server.endpoint());
  auto oneway = request(1);
  oneway.flag = Command::kOnewayBit;
  peer.send(frame_of(oneway) + frame_of(request(2)));
  EXPECT_EQ(peer.receive()->command.opaque, 2);
  EXPECT_EQ(server.sink.requests, 2);
}

TEST(Server, sends_a_large_pinned_body_from_where_it_lies) {
  EchoServer server;
  const auto kept = std::make_shared<std::string>(3'000'000, 'p');
  server.sink.handle = [&](Connection& connection, const Request& request) {
    const Slice slices[] = {{"start ", nullptr}, {*kept, kept}, {" end", nullptr}};
    connection.answer(request, {.body = slices});
  };
  RawPeer peer(server.endpoint());
  const auto answer = peer.ask(request(1));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "start " + *kept + " end");
}

TEST(Server, lets_a_handler_answer_later_from_another_thread) {
  EchoServer server;
  std::promise<Responder> responders[2];
  server.sink.handle = [&](Connection& connection, const Request& request) {
    responders[request.command.opaque].set_value(connection.answer_later(request));
  };
  RawPeer peer(server.endpoint());
  peer.send(frame_of(request(0)) + frame_of(request(1)));
  auto first = responders[0].get_future().get();
  auto second = responders[1].get_future().get();
  second.answer({.code = ResponseCode::system_busy, .remark = "second"});
  EXPECT_EQ(peer.receive()->command.remark, "second");
  first.answer({.remark = "first"});
  first.answer({.remark = "again"});  // goes nowhere
  const auto answer = peer.receive();
  EXPECT_EQ(answer->command.opaque, 0);
  EXPECT_EQ(answer->command.remark, "first");
}

TEST(Server, answers_for_a_handler_that_drops_its_responder) {
  EchoServer server;
  server.sink.handle = [](Connection& connection, const Request& request) {
    [[maybe_unused]] const auto dropped = connection.answer_later(request);
  };
  RawPeer peer(server.endpoint());
  const auto answer = peer.ask(request(3));
  EXPECT_EQ(answer->command.code, static_cast<int>(ResponseCode::system_error));
  EXPECT_EQ(answer->command.remark, "the request was dropped without an answer");
}

TEST(Server, keeps_the_bytes_of_a_burst_for_who_pins_them) {
  EchoServer server;
  struct Pinning : RequestSink {
    std::shared_ptr<const void> pin;
    std::string_view body;
    void on_requests(Connection& connection, const Burst& burst) override {
      if (!pin) {
        pin = burst.pin;
        body = burst.requests.front().body;
      }
      for (const auto& request : burst.requests) connection.answer(request, {});
    }
  } sink;
  IoThreads threads(1);
  ServerOptions options;
  options.listen.emplace_back(boost::asio::ip::make_address("127.0.0.1"), std::uint16_t{0});
  Server pinned(threads, sink, options, server.log);
  threads.start();
  pinned.start();
  RawPeer peer(pinned.endpoints().front());
  peer.ask(request(1), {}, "kept");
  for (int i = 0; i < 10; ++i) peer.ask(request(i), {}, "gone");
  EXPECT_EQ(sink.body, "kept");
}

TEST(Server, tells_its_sink_once_when_a_connection_ends) {
  EchoServer server;
  {
    RawPeer peer(server.endpoint());
    peer.ask(request(1));
  }
  server.log.wait_for("connection closed");
  EXPECT_EQ(server.sink.closed, 1);
  EXPECT_THAT(server.reason_of_close(), HasSubstr("peer closed"));
}

TEST(Server, asks_a_client_and_gets_its_answer) {
  EchoServer server;
  std::promise<std::string> answered;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    const Slice body{"please", nullptr};
    connection.request(
        {.code = RequestCode::get_consumer_running_info, .body = {&body, 1}}, 10s,
        [&](boost::system::result<Response> response) {
          answered.set_value(response ? std::string(response->body) : response.error().message());
        });
    connection.answer(request, {});
  };
  RawPeer peer(server.endpoint());
  peer.send(frame_of(request(1)));
  auto pushed = peer.receive();
  if (pushed->command.is_response()) pushed = peer.receive();
  EXPECT_EQ(pushed->command.code, static_cast<int>(RequestCode::get_consumer_running_info));
  EXPECT_EQ(pushed->body, "please");
  peer.send(
      frame_of({.code = 0, .opaque = pushed->command.opaque, .flag = Command::kResponseBit}, {}, "here"));
  EXPECT_EQ(answered.get_future().get(), "here");
}

// ---- Peers that misbehave

struct Misbehaviour {
  std::string name;
  std::string bytes;
  std::string reason;

  friend std::ostream& operator<<(std::ostream& out, const Misbehaviour& it) { return out << it.name; }
};

std::string words(std::int32_t length, std::int32_t header) {
  std::string bytes(8, '\0');
  store_i32(bytes.data(), length);
  store_i32(bytes.data() + 4, header);
  return bytes;
}

class MisbehavingPeer : public ::testing::TestWithParam<Misbehaviour> {};

TEST_P(MisbehavingPeer, costs_only_its_own_connection_and_one_line_in_the_log) {
  EchoServer server;
  RawPeer good(server.endpoint());
  good.ask(request(1));
  RawPeer bad(server.endpoint());
  // What was asked properly before is still answered.
  bad.send(frame_of(request(5), {}, "fine") + GetParam().bytes);
  EXPECT_EQ(bad.receive()->body, "fine");
  EXPECT_TRUE(bad.sees_the_end());
  EXPECT_THAT(server.reason_of_close(), HasSubstr(GetParam().reason));
  EXPECT_EQ(good.ask(request(2), {}, "still here")->body, "still here");
  EXPECT_EQ(server.log.count("connection closed"), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Server, MisbehavingPeer,
    ::testing::Values(
        Misbehaviour{"oversize", words(0x7fffffff, 10),
                     "frame length 2147483647 is above the limit of 16MiB"},
        Misbehaviour{"negative", words(-5, 10), "frame length 4294967291 is above the limit of 16MiB"},
        Misbehaviour{"empty", words(0, 0), "frame length 0 leaves no room for a header"},
        Misbehaviour{"http", "GET /topics HTTP/1.1\r\nHost: x\r\n\r\n", "frame length 1195725856"},
        Misbehaviour{"header_longer_than_frame", words(12, 9),
                     "header length 9 does not fit frame length 12"},
        Misbehaviour{"unknown_type", words(12, 0x05000002) + "{}......", "header type 5 is neither"},
        Misbehaviour{"broken_json", words(12, 8) + "{\"code\":", "header byte 8"},
        Misbehaviour{"short_binary", words(8, 0x01000004) + "abcd", "a binary header has at least 21 bytes"}),
    [](const auto& info) { return info.param.name; });

TEST(Server, closes_a_connection_whose_header_is_cut_anywhere) {
  EchoServer server;
  for (const auto type : {SerializeType::json, SerializeType::rocketmq}) {
    Command full = request(1, type);
    const Field fields[] = {{"topic", "TopicA"}, {"queueId", "3"}};
    full.fields = fields;
    full.remark = "remark";
    const auto whole = frame_of(full);
    for (std::size_t cut = kFramePrefix; cut + 1 < whole.size(); ++cut) {
      // The lengths tell of the shorter header, so the frame itself is whole.
      const auto header = cut - kFramePrefix;
      const auto bytes = words(static_cast<std::int32_t>(4 + header),
                               static_cast<std::int32_t>(static_cast<unsigned>(type) << 24 | header)) +
                         whole.substr(kFramePrefix, header);
      RawPeer peer(server.endpoint());
      peer.send(bytes);
      ASSERT_TRUE(peer.sees_the_end()) << "cut at " << cut;
    }
  }
  EXPECT_EQ(server.sink.requests, 0);
}

TEST(Server, ends_a_frame_that_comes_too_slowly) {
  EchoServer server(with_limits({.frame_time = 300ms}));
  RawPeer slow(server.endpoint());
  const auto frame = frame_of(request(1), {}, std::string(100, 's'));
  std::atomic<bool> done{false};
  // A byte now and then keeps no frame alive: its time counts from its first byte.
  std::thread sender([&] {
    for (std::size_t i = 0; i < frame.size() && !done; ++i) {
      boost::system::error_code closed;
      boost::asio::write(slow.socket(), boost::asio::buffer(frame.data() + i, 1), closed);
      if (closed) break;
      server.log.wait_for("connection closed", 20ms);
    }
  });
  EXPECT_THAT(server.reason_of_close(), HasSubstr("frame not finished in time"));
  done = true;
  sender.join();
  EXPECT_TRUE(slow.sees_the_end());
}

TEST(Server, stops_reading_from_a_peer_that_does_not_and_ends_it_in_time) {
  EchoServer server(with_limits({.outbox = ByteSize::kib(64), .write_time = 500ms}));
  RawPeer deaf(server.endpoint());
  RawPeer good(server.endpoint());
  const auto frame = frame_of(request(1), {}, std::string(30'000, 'd'));
  boost::system::error_code closed;
  std::size_t sent = 0;
  // Until the server takes no more and, in time, closes.
  while (!closed && sent < (std::size_t{1} << 30)) {
    boost::asio::write(deaf.socket(), boost::asio::buffer(frame), closed);
    sent += frame.size();
    EXPECT_LT(server.server->memory_held(), 2u << 20);
  }
  EXPECT_TRUE(closed);
  EXPECT_LT(sent, std::size_t{1} << 30) << "the server read on although nothing could be answered";
  EXPECT_THAT(server.reason_of_close(), HasSubstr("peer does not read: "));
  EXPECT_EQ(good.ask(request(2), {}, "good")->body, "good");
}

TEST(Server, closes_an_idle_connection) {
  EchoServer server(with_limits({.idle = 200ms}));
  RawPeer peer(server.endpoint());
  peer.ask(request(1));
  EXPECT_TRUE(peer.sees_the_end());
  EXPECT_EQ(server.reason_of_close(), "idle");
}

TEST(Server, keeps_a_connection_that_waits_for_its_answer) {
  EchoServer server(with_limits({.idle = 200ms}));
  std::promise<Responder> parked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    if (request.command.opaque == 1) parked.set_value(connection.answer_later(request));
  };
  RawPeer waiting(server.endpoint());
  waiting.send(frame_of(request(1)));
  auto responder = parked.get_future().get();
  RawPeer idle(server.endpoint());
  idle.send(frame_of(request(2)));
  EXPECT_TRUE(idle.sees_the_end());  // by then the waiting one has been idle as long
  responder.answer({.remark = "at last"});
  EXPECT_EQ(waiting.receive()->command.remark, "at last");
}

TEST(Server, reads_no_more_while_too_many_requests_are_unanswered) {
  EchoServer server(with_limits({.unanswered = 4}));
  std::mutex mutex;
  std::vector<Responder> parked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    const std::lock_guard lock(mutex);
    parked.push_back(connection.answer_later(request));
  };
  RawPeer peer(server.endpoint());
  const auto parked_now = [&] {
    const std::lock_guard lock(mutex);
    return parked.size();
  };
  // One by one, so that each is a read of its own.
  for (int i = 0; i < 4; ++i) {
    peer.send(frame_of(request(i)));
    ASSERT_TRUE(eventually([&] { return parked_now() == static_cast<std::size_t>(i) + 1; }));
  }
  for (int i = 0; i < 50; ++i) peer.send(frame_of(request(1000 + i)));
  // Both threads are alive and have had their chance to read on: others have been served since.
  RawPeer others[2]{RawPeer(server.endpoint()), RawPeer(server.endpoint())};
  for (auto& other : others) other.send(frame_of(request(7777)));
  ASSERT_TRUE(eventually([&] { return parked_now() == 6; }));
  {
    const std::lock_guard lock(mutex);
    for (auto& responder : parked) responder.answer({});
  }
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    for (auto& responder : parked) responder.answer({});
    return parked.size() == 56;
  }));
}

TEST(Server, reads_on_past_requests_that_are_set_aside_and_answers_them_before_it_stops) {
  EchoServer server(with_limits({.unanswered = 4}));
  std::mutex mutex;
  std::vector<Responder> parked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    const std::lock_guard lock(mutex);
    parked.push_back(connection.answer_later(request));
    parked.back().set_aside();
  };
  RawPeer peer(server.endpoint());
  for (int i = 0; i < 50; ++i) {
    peer.send(frame_of(request(i)));
    ASSERT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex);
      return parked.size() == static_cast<std::size_t>(i) + 1;
    }));
  }
  std::thread answers([&] {
    const std::lock_guard lock(mutex);
    for (auto& responder : parked) responder.answer({.remark = "woken"});
  });
  server.server->drain(20s);
  answers.join();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(peer.receive()->command.remark, "woken");
}

TEST(Server, refuses_connections_past_its_limit) {
  ServerOptions options;
  options.max_connections = 3;
  EchoServer server(options);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.endpoint()));
    peers.back()->ask(request(i));
  }
  RawPeer refused(server.endpoint());
  EXPECT_TRUE(refused.sees_the_end());
  EXPECT_TRUE(server.log.wait_for("connection refused: limit reached"));
  peers.pop_back();
  ASSERT_TRUE(eventually([&] { return server.server->connections() == 2; }));
  EXPECT_EQ(RawPeer(server.endpoint()).ask(request(9), {}, "in")->body, "in");
}

TEST(Server, serves_others_beside_5000_idle_connections_that_cost_next_to_nothing) {
  EchoServer server;
  std::vector<std::unique_ptr<RawPeer>> idle;
  for (int i = 0; i < 5000; ++i) {
    idle.push_back(std::make_unique<RawPeer>(server.endpoint()));
    if (i % 10 == 0) idle.back()->ask(request(i));
  }
  EXPECT_EQ(RawPeer(server.endpoint()).ask(request(1), {}, "served")->body, "served");
  EXPECT_TRUE(eventually([&] { return server.server->memory_held() == 0; }));
}

// ---- The end

TEST(Server, answers_what_it_was_asked_before_it_stops) {
  EchoServer server;
  std::promise<Responder> parked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    parked.set_value(connection.answer_later(request));
  };
  RawPeer peer(server.endpoint());
  peer.send(frame_of(request(1)));
  auto responder = parked.get_future().get();
  RawPeer idle(server.endpoint());
  std::thread drain([&] { server.server->drain(20s); });
  EXPECT_TRUE(idle.sees_the_end());
  responder.answer({.remark = "done"});
  EXPECT_EQ(peer.receive()->command.remark, "done");
  EXPECT_TRUE(peer.sees_the_end());
  drain.join();
  EXPECT_EQ(server.server->connections(), 0u);
  EXPECT_THROW(RawPeer{server.endpoint()}, boost::system::system_error);
}

TEST(Server, closes_who_is_not_done_in_time_when_it_stops) {
  EchoServer server;
  std::promise<Responder> parked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    parked.set_value(connection.answer_later(request));
  };
  RawPeer peer(server.endpoint());
  peer.send(frame_of(request(1)));
  auto responder = parked.get_future().get();
  server.server->drain(50ms);
  EXPECT_TRUE(peer.sees_the_end());
  responder.answer({});  // too late, and harmless
}

TEST(Server, says_which_address_it_cannot_listen_on) {
  EchoServer first;
  ServerOptions options;
  options.listen = {first.endpoint()};
  Server second(first.threads, first.sink, options, first.log);
  try {
    second.start();
    FAIL() << "started";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "cannot listen on " + first.address() + ": Address already in use");
  }
}

}  // namespace
}  // namespace gantry::remoting
