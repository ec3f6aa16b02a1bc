#include "remoting/session.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/made_certificate.h"
#include "tests/unit/remoting/raw_peer.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::chrono_literals;
using testing::EchoServer;
using testing::frame_of;
using testing::peer_context;
using testing::RawPeer;

Command numbered(std::int32_t opaque) {
  return {.code = 9999, .opaque = opaque};
}

// A server with one thread that answers when the test says so.
class ASessionThatIsDrained : public ::testing::Test {
 protected:
  EchoServer& serve(ServerOptions options = {}) {
    server.emplace(std::move(options), 1);
    server->sink.handle = [this](Connection& connection, const Request& asked) {
      if (asked.command.opaque == 1) return asked_.set_value(connection.answer_later(asked));
      connection.answer(asked, {});
    };
    return *server;
  }

  Responder next_asked() { return asked_.get_future().get(); }

  // What the thread had to do before this, and what came of it, is done.
  void let_the_thread_work() {
    for (int i = 0; i < 3; ++i) {
      std::promise<void> worked;
      server->threads.at(0).post([&] { worked.set_value(); });
      worked.get_future().wait();
    }
  }

  std::promise<Responder> asked_;
  std::optional<EchoServer> server;
};

TEST_F(ASessionThatIsDrained, answers_what_it_owes_over_tls) {
  const testing::TempDir dir;
  testing::MadeCertificate("localhost").write(dir / "cert.pem", dir / "key.pem");
  ServerOptions options;
  options.tls = {.mode = TlsMode::permissive, .certificate = dir / "cert.pem", .key = dir / "key.pem"};
  serve(options);
  const auto context = make_tls_context(ClientTlsOptions{.on = true}).value();
  boost::asio::ssl::stream<RawPeer::tcp::socket> peer(peer_context(), *context);
  peer.lowest_layer().connect(server->endpoint());
  peer.handshake(boost::asio::ssl::stream_base::client);
  boost::asio::write(peer, boost::asio::buffer(frame_of(numbered(1))));
  auto responder = next_asked();

  RawPeer idle(server->endpoint());
  idle.ask(numbered(2));
  server->server->take_no_more();
  EXPECT_TRUE(idle.sees_the_end());
  let_the_thread_work();
  responder.answer({.remark = "in the end"});

  std::string answer(kFramePrefix, '\0');
  boost::system::error_code error;
  boost::asio::read(peer, boost::asio::buffer(answer), error);
  ASSERT_FALSE(error) << error.message();
  answer.resize(first_frame(answer, ByteSize::mib(1)).value().size);
  boost::asio::read(peer, boost::asio::buffer(answer.data() + kFramePrefix, answer.size() - kFramePrefix));
  EXPECT_NE(answer.find("in the end"), std::string::npos);
}

TEST_F(ASessionThatIsDrained, gives_a_slow_peer_all_answers_although_more_was_asked_meanwhile) {
  serve();
  RawPeer peer(server->endpoint());
  // So that most of the answer lies on the server's side when all is written.
  peer.socket().set_option(boost::asio::socket_base::receive_buffer_size(64 * 1024));
  peer.send(frame_of(numbered(1)));
  auto responder = next_asked();
  server->server->take_no_more();
  peer.send(frame_of(numbered(2)));
  let_the_thread_work();
  const std::string large(1'000'000, 'l');
  const Slice body{large, nullptr};
  responder.answer({.body = {&body, 1}});
  let_the_thread_work();
  peer.send(frame_of(numbered(3)));

  const auto received = peer.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->command.opaque, 1);
  EXPECT_EQ(received->body.size(), large.size());
  EXPECT_EQ(peer.receive(), nullptr) << "what came after it stopped is not answered";
  EXPECT_EQ(server->sink.requests, 1);
}

TEST_F(ASessionThatIsDrained, ends_beside_a_peer_that_does_not_close) {
  serve();
  RawPeer peer(server->endpoint());
  peer.ask(numbered(2));
  server->server->drain(20s);
  EXPECT_EQ(server->server->connections(), 0u);
  EXPECT_EQ(server->log.count("connection closed"), 1u);
  EXPECT_EQ(server->reason_of_close(), "drained");
}

TEST(ASession, does_not_count_the_time_in_which_it_does_not_read_against_a_frame) {
  ServerOptions options;
  options.limits.unanswered = 1;
  options.limits.frame_time = 300ms;
  EchoServer server(options);
  std::promise<Responder> asked;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    if (request.command.opaque == 1) return asked.set_value(connection.answer_later(request));
    connection.answer(request, {});
  };
  RawPeer peer(server.endpoint());
  const auto second = frame_of(numbered(2), {}, std::string(1000, 's'));
  peer.send(frame_of(numbered(1)) + second.substr(0, 500));
  auto responder = asked.get_future().get();
  // One whose time begins later, and is over.
  RawPeer slow(server.endpoint());
  slow.send(second.substr(0, 500));
  EXPECT_TRUE(slow.sees_the_end());
  responder.answer({});
  ASSERT_TRUE(peer.receive());
  peer.send(second.substr(500));
  ASSERT_TRUE(peer.receive());
}

}  // namespace
}  // namespace gantry::remoting
