#include "remoting/tls.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/made_certificate.h"
#include "tests/unit/remoting/raw_peer.h"

#include <fstream>

#include <boost/asio/ssl/stream.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

namespace ssl = boost::asio::ssl;
using namespace std::chrono_literals;
using testing::EchoServer;
using testing::frame_of;
using ::testing::HasSubstr;
using testing::MadeCertificate;
using testing::peer_context;
using testing::RawPeer;
using testing::TempDir;

class Tls : public ::testing::Test {
 protected:
  Tls() {
    ca.write(dir / "ca.pem", dir / "ca.key");
    MadeCertificate("server", &ca).write(dir / "server.pem", dir / "server.key");
    MadeCertificate("client", &ca).write(dir / "client.pem", dir / "client.key");
    stranger.write(dir / "stranger.pem", dir / "stranger.key");
  }

  ServerTlsOptions mode(TlsMode mode) const {
    return {.mode = mode, .certificate = dir / "server.pem", .key = dir / "server.key"};
  }

  static ServerOptions serving(ServerTlsOptions tls) {
    ServerOptions options;
    options.tls = std::move(tls);
    return options;
  }

  // One request over TLS. The error of the handshake or of the request, or the answer's body.
  std::string ask_over_tls(const EchoServer& server, const ClientTlsOptions& options = {.on = true},
                           std::size_t body = 5) {
    const auto context = make_tls_context(options);
    if (!context) return context.error().text;
    ssl::stream<RawPeer::tcp::socket> stream(peer_context(), **context);
    stream.lowest_layer().connect(server.endpoint());
    boost::system::error_code error;
    stream.handshake(ssl::stream_base::client, error);
    const std::string sent(body, 'b');
    const auto frame = frame_of({.code = 1, .opaque = 1}, {}, sent);
    if (!error) boost::asio::write(stream, boost::asio::buffer(frame), error);
    std::string answer(kFramePrefix, '\0');
    if (!error) boost::asio::read(stream, boost::asio::buffer(answer), error);
    if (error) return error.message();
    const auto size = first_frame(answer, ByteSize::mib(64)).value().size;
    answer.resize(size);
    boost::asio::read(stream, boost::asio::buffer(answer.data() + kFramePrefix, size - kFramePrefix), error);
    if (error) return error.message();
    return std::string(first_frame(answer, ByteSize::mib(64)).value().body) == sent ? "echoed" : "garbled";
  }

  static std::string ask_plainly(const EchoServer& server) {
    RawPeer peer(server.endpoint());
    const auto answer = peer.ask({.code = 1, .opaque = 1}, {}, "hello");
    return answer ? "echoed" : "closed";
  }

  TempDir dir;
  MadeCertificate ca{"test CA"};
  MadeCertificate stranger{"stranger"};
};

TEST_F(Tls, off_closes_a_tls_client_and_says_so) {
  EchoServer server;
  EXPECT_NE(ask_over_tls(server), "echoed");
  EXPECT_THAT(server.reason_of_close(), HasSubstr("TLS client, but TLS is off here"));
  EXPECT_EQ(ask_plainly(server), "echoed");
}

TEST_F(Tls, permissive_serves_both_on_one_port) {
  EchoServer server(serving(mode(TlsMode::permissive)));
  EXPECT_EQ(ask_over_tls(server), "echoed");
  EXPECT_EQ(ask_plainly(server), "echoed");
}

TEST_F(Tls, enforcing_closes_a_plain_client_and_says_so) {
  EchoServer server(serving(mode(TlsMode::enforcing)));
  EXPECT_EQ(ask_plainly(server), "closed");
  EXPECT_THAT(server.reason_of_close(), HasSubstr("plain client, but TLS is enforced here"));
  EXPECT_EQ(ask_over_tls(server), "echoed");
}

TEST_F(Tls, carries_frames_of_many_records) {
  EchoServer server(serving(mode(TlsMode::enforcing)));
  EXPECT_EQ(ask_over_tls(server, {.on = true}, 5'000'000), "echoed");
}

TEST_F(Tls, lets_a_client_verify_the_server) {
  EchoServer server(serving(mode(TlsMode::enforcing)));
  EXPECT_EQ(ask_over_tls(server, {.on = true, .ca = dir / "ca.pem"}), "echoed");
  EXPECT_THAT(ask_over_tls(server, {.on = true, .ca = dir / "stranger.pem"}), HasSubstr("verify failed"));
}

TEST_F(Tls, can_require_a_certificate_of_the_client) {
  auto options = mode(TlsMode::enforcing);
  options.client_ca = dir / "ca.pem";
  options.client_certificate = ClientCertificate::require;
  EchoServer server(serving(options));
  EXPECT_EQ(ask_over_tls(server, {.on = true, .certificate = dir / "client.pem", .key = dir / "client.key"}),
            "echoed");
  EXPECT_NE(ask_over_tls(server), "echoed");
  EXPECT_NE(
      ask_over_tls(server, {.on = true, .certificate = dir / "stranger.pem", .key = dir / "stranger.key"}),
      "echoed");
}

TEST_F(Tls, takes_a_client_without_certificate_when_it_is_optional) {
  auto options = mode(TlsMode::enforcing);
  options.client_ca = dir / "ca.pem";
  options.client_certificate = ClientCertificate::optional;
  EchoServer server(serving(options));
  EXPECT_EQ(ask_over_tls(server), "echoed");
  EXPECT_NE(
      ask_over_tls(server, {.on = true, .certificate = dir / "stranger.pem", .key = dir / "stranger.key"}),
      "echoed");
}

TEST_F(Tls, ends_a_handshake_that_does_not_go_on) {
  auto options = serving(mode(TlsMode::permissive));
  options.limits.handshake = 300ms;
  EchoServer server(options);
  RawPeer stalled(server.endpoint());
  stalled.send("\x16");
  EXPECT_TRUE(stalled.sees_the_end());
  EXPECT_THAT(server.reason_of_close(), HasSubstr("TLS handshake not finished in time"));
}

TEST_F(Tls, reports_garbage_after_the_first_byte) {
  EchoServer server(serving(mode(TlsMode::permissive)));
  RawPeer peer(server.endpoint());
  peer.send("\x16garbage that is no handshake at all");
  EXPECT_TRUE(peer.sees_the_end());
  EXPECT_THAT(server.reason_of_close(), HasSubstr("TLS handshake failed: "));
}

TEST_F(Tls, names_the_file_that_cannot_be_used) {
  auto options = mode(TlsMode::enforcing);
  options.certificate = dir / "missing.pem";
  auto loaded = ServerTls::load(options);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().text, HasSubstr("missing.pem as TLS certificate: No such file"));

  options = mode(TlsMode::enforcing);
  options.key = dir / "stranger.key";
  loaded = ServerTls::load(options);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().text, HasSubstr("stranger.key"));
}

TEST_F(Tls, takes_a_renewed_certificate_and_keeps_the_old_one_when_the_new_is_bad) {
  auto tls = ServerTls::load(mode(TlsMode::enforcing)).value();
  const auto first = tls->context();
  EXPECT_EQ(tls->reload_if_changed().value(), ServerTls::Reload::unchanged);

  // Moves the file times, whose steps may be coarse, instead of waiting for them.
  const auto rewritten = [&](auto write) {
    const auto before = std::filesystem::last_write_time(dir / "server.pem");
    write();
    std::filesystem::last_write_time(dir / "server.pem", before + 1s);
  };
  rewritten([&] { MadeCertificate("renewed", &ca).write(dir / "server.pem", dir / "server.key"); });
  EXPECT_EQ(tls->reload_if_changed().value(), ServerTls::Reload::done);
  const auto second = tls->context();
  EXPECT_NE(second, first);

  rewritten([&] { std::ofstream(dir / "server.pem") << "half a certificate"; });
  const auto reload = tls->reload_if_changed();
  ASSERT_FALSE(reload);
  EXPECT_THAT(reload.error().text, HasSubstr("server.pem"));
  EXPECT_EQ(tls->context(), second);
}

}  // namespace
}  // namespace gantry::remoting
