#include "remoting/client.h"

#include "remoting/errors.h"
#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/made_certificate.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::chrono_literals;
using testing::EchoServer;
using testing::eventually;
using testing::MadeCertificate;
using testing::TempDir;

// A port where nobody listens, and that nobody else is given meanwhile.
class DeafPort {
 public:
  DeafPort() { held_.bind({boost::asio::ip::make_address("127.0.0.1"), 0}); }
  std::string address() const { return "127.0.0.1:" + std::to_string(held_.local_endpoint().port()); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor held_{context_, boost::asio::ip::tcp::v4()};
};

struct Outcome {
  boost::system::error_code error;
  std::string body;
};

class AClient : public ::testing::Test {
 protected:
  ~AClient() override {
    client.reset();
    threads.stop();
  }

  Client& with(ClientOptions options = {}) {
    threads.start();
    return client.emplace(threads, sink, std::move(options), log);
  }

  std::future<Outcome> ask(std::string_view address, std::string_view body,
                           std::chrono::milliseconds timeout = 20s) {
    auto outcome = std::make_shared<std::promise<Outcome>>();
    const Slice slice{body, nullptr};
    client->request(address, {.code = RequestCode::heart_beat, .body = {&slice, 1}}, timeout,
                    [outcome](boost::system::result<Response> response) {
                      if (response)
                        outcome->set_value({{}, std::string(response->body)});
                      else
                        outcome->set_value({response.error(), ""});
                    });
    return outcome->get_future();
  }

  logging::CapturingLogger log;
  testing::EchoSink sink;
  IoThreads threads{2};
  std::optional<Client> client;
};

TEST_F(AClient, gets_the_answer_to_each_of_many_requests_in_flight) {
  EchoServer server;
  with();
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 500; ++i) outcomes.push_back(ask(server.address(), std::to_string(i)));
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].get().body, std::to_string(i));
  EXPECT_EQ(server.server->connections(), 1u);
}

TEST_F(AClient, may_be_answered_out_of_order) {
  EchoServer server;
  std::promise<Responder> first;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    if (request.body == "first") return first.set_value(connection.answer_later(request));
    connection.answer(request, {});
  };
  with();
  auto slow = ask(server.address(), "first");
  auto quick = ask(server.address(), "second");
  EXPECT_FALSE(quick.get().error);
  first.get_future().get().answer({});
  EXPECT_FALSE(slow.get().error);
}

TEST_F(AClient, gives_up_on_an_answer_that_does_not_come_in_time_and_goes_on_with_the_connection) {
  EchoServer server;
  server.sink.handle = [](Connection& connection, const Request& request) {
    if (request.body != "ignore") connection.answer(request, {});
  };
  with();
  EXPECT_EQ(ask(server.address(), "ignore", 30ms).get().error, RemotingErrc::timed_out);
  EXPECT_FALSE(ask(server.address(), "answer").get().error);
  EXPECT_EQ(server.server->connections(), 1u);
}

TEST_F(AClient, says_at_once_when_nobody_listens) {
  const DeafPort port;
  const std::string address = port.address();
  with();
  EXPECT_EQ(ask(address, "x").get().error, RemotingErrc::cannot_connect);
  const auto line = log.wait_for("cannot connect");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("address"), address);
}

TEST_F(AClient, says_when_an_address_is_none) {
  with();
  EXPECT_EQ(ask("nonsense", "x").get().error, RemotingErrc::cannot_connect);
  EXPECT_EQ(ask("127.0.0.1:notaport", "x").get().error, RemotingErrc::cannot_connect);
}

TEST_F(AClient, connects_again_after_the_connection_was_lost) {
  EchoServer server;
  server.sink.handle = [](Connection& connection, const Request& request) {
    if (request.body == "hang up") return connection.close("told to");
    connection.answer(request, {});
  };
  with({.first_pause = 1ms});
  EXPECT_FALSE(ask(server.address(), "one").get().error);
  EXPECT_EQ(ask(server.address(), "hang up").get().error, RemotingErrc::connection_closed);
  EXPECT_FALSE(ask(server.address(), "two").get().error);
}

TEST_F(AClient, pauses_longer_and_longer_between_attempts) {
  const DeafPort port;
  with({.first_pause = 20ms, .longest_pause = 80ms});
  const auto begin = std::chrono::steady_clock::now();
  client->keep(port.address());
  ASSERT_TRUE(eventually([&] { return log.count("cannot connect") >= 5; }));
  // 20 + 40 + 80 + 80 ms lie between five attempts, and more between more.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 220ms);
}

TEST_F(AClient, keeps_a_connection_for_what_the_server_may_ask) {
  EchoServer server;
  std::promise<std::string> answer;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    connection.answer(request, {});
    const Slice body{"are you there", nullptr};
    connection.request(
        {.code = RequestCode::get_consumer_running_info, .body = {&body, 1}}, 20s,
        [&](boost::system::result<Response> response) { answer.set_value(std::string(response->body)); });
  };
  with();
  ask(server.address(), "hello").get();
  EXPECT_EQ(answer.get_future().get(), "are you there");
  EXPECT_EQ(sink.requests, 1);
}

TEST_F(AClient, makes_a_kept_connection_anew_by_itself) {
  EchoServer server;
  with({.first_pause = 1ms});
  client->keep(server.address());
  ASSERT_TRUE(eventually([&] { return server.server->connections() == 1; }));
  EXPECT_FALSE(ask(server.address(), "warm").get().error);
  server.sink.handle = [](Connection& connection, const Request&) { connection.close("told to"); };
  ask(server.address(), "x").get();
  EXPECT_TRUE(eventually([&] { return server.sink.closed == 1 && server.server->connections() == 1; }));
  client->forget(server.address());
  EXPECT_TRUE(eventually([&] { return server.server->connections() == 0; }));
}

TEST_F(AClient, keeps_no_connection_that_is_forgotten_while_it_is_made) {
  EchoServer server;
  with();
  client->keep(server.address());
  client->forget(server.address());
  EXPECT_TRUE(eventually([&] { return server.sink.closed == 1; }));
}

TEST_F(AClient, sends_one_way) {
  EchoServer server;
  with();
  client->notify(server.address(), {.code = RequestCode::notify_consumer_ids_changed});
  EXPECT_TRUE(eventually([&] { return server.sink.requests == 1; }));
}

TEST_F(AClient, limits_what_waits_for_a_connection) {
  // A listener that accepts nothing: with its queue taken, further connects hang.
  boost::asio::io_context context;
  using tcp = boost::asio::ip::tcp;
  tcp::acceptor full(context, tcp::v4());
  full.bind({boost::asio::ip::make_address("127.0.0.1"), 0});
  full.listen(0);
  tcp::socket first(context);
  first.connect(full.local_endpoint());

  with({.connect_timeout = 2s, .max_waiting = 3});
  const auto address = "127.0.0.1:" + std::to_string(full.local_endpoint().port());
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 4; ++i) outcomes.push_back(ask(address, "x"));
  EXPECT_EQ(outcomes[3].get().error, RemotingErrc::too_many_waiting);
  EXPECT_EQ(outcomes[0].get().error, RemotingErrc::cannot_connect);
}

TEST_F(AClient, speaks_tls) {
  const TempDir dir;
  const MadeCertificate certificate("localhost");
  certificate.write(dir / "cert.pem", dir / "key.pem");
  ServerOptions options;
  options.tls = {.mode = TlsMode::enforcing, .certificate = dir / "cert.pem", .key = dir / "key.pem"};
  EchoServer server(options);
  with({.tls = {.on = true, .ca = dir / "cert.pem"}});
  EXPECT_EQ(ask(server.address(), "secret").get().body, "secret");
}

TEST_F(AClient, refuses_a_server_that_it_cannot_verify) {
  const TempDir dir;
  MadeCertificate("localhost").write(dir / "cert.pem", dir / "key.pem");
  MadeCertificate("stranger").write(dir / "other.pem", dir / "other.key");
  ServerOptions options;
  options.tls = {.mode = TlsMode::enforcing, .certificate = dir / "cert.pem", .key = dir / "key.pem"};
  EchoServer server(options);
  with({.tls = {.on = true, .ca = dir / "other.pem"}});
  EXPECT_EQ(ask(server.address(), "secret").get().error, RemotingErrc::connection_closed);
}

TEST_F(AClient, says_at_once_that_a_connection_is_ending_whose_server_takes_nothing_more) {
  boost::asio::io_context context;
  using tcp = boost::asio::ip::tcp;
  tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  with(
      {.limits = {.outbox = ByteSize::mib(64), .write_time = 1s, .slowest_per_second = ByteSize::mib(1024)}});
  const auto address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  // More than the sockets hold, so that the session cannot end before its time to write is over.
  auto first = ask(address, std::string(32 << 20, 'x'));
  auto server = acceptor.accept();
  server.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(first.get().error, RemotingErrc::connection_closed);
  EXPECT_EQ(ask(address, "second").get().error, RemotingErrc::connection_closed);
}

TEST_F(AClient, ends_what_is_unanswered_when_it_stops) {
  EchoServer server;
  std::promise<void> arrived;
  server.sink.handle = [&](Connection&, const Request&) { arrived.set_value(); };
  with();
  auto outcome = ask(server.address(), "x");
  arrived.get_future().get();
  client.reset();
  EXPECT_EQ(outcome.get().error, RemotingErrc::connection_closed);
}

}  // namespace
}  // namespace gantry::remoting
