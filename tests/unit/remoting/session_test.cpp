#include "remoting/session.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/raw_peer.h"

#include <future>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::chrono_literals;
using testing::EchoServer;
using testing::frame_of;
using testing::RawPeer;

Command numbered(std::int32_t opaque) {
  return {.code = 9999, .opaque = opaque};
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
