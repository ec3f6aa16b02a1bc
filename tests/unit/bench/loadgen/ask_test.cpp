#include "bench/loadgen/ask.h"

#include "tests/unit/bench/loadgen/scripted_peer.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Command kQuestion{.code = 77, .fields = {{"name", "value"}}, .body = "body"};

std::string frame_of(const ReceivedFrame& request, std::uint16_t code, std::uint32_t flag,
                     const std::string& body) {
  std::string out;
  Frame::build({.code = code, .flag = flag, .fields = {}, .body = body}, Encoding::json)
      .append_to(out, static_cast<std::uint32_t>(request.opaque));
  return out;
}

TEST(Asking, gets_the_answer_to_each_question) {
  int questions = 0;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    return frame_of(request, 0, 1, std::string(request.body) + std::to_string(questions++));
  });
  const Socket socket = connect_to(peer.endpoint());
  std::string buffer;
  EXPECT_EQ(ask(socket, kQuestion, buffer).body, "body0");
  EXPECT_EQ(ask(socket, kQuestion, buffer).body, "body1");
}

TEST(Asking, passes_over_what_the_server_tells_meanwhile) {
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    return frame_of(request, 40, 2, "told") + frame_of(request, 0, 1, "answer") +
           frame_of(request, 40, 2, "told");
  });
  const Socket socket = connect_to(peer.endpoint());
  std::string buffer;
  EXPECT_EQ(ask(socket, kQuestion, buffer).body, "answer");
  EXPECT_EQ(ask(socket, kQuestion, buffer).body, "answer");
}

TEST(Asking, says_what_was_refused_with_which_code_and_remark) {
  ScriptedPeer peer([](const ReceivedFrame& request) {
    std::string out;
    Frame::build({.code = 17, .flag = 1, .fields = {}, .body = {}}, Encoding::json)
        .append_to(out, static_cast<std::uint32_t>(request.opaque));
    return out;
  });
  const Socket socket = connect_to(peer.endpoint());
  std::string buffer;
  try {
    ask(socket, kQuestion, buffer);
    FAIL() << "a refusal is no answer";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("request 77"), HasSubstr("code 17")));
  }
}

TEST(Asking, does_not_wait_for_a_server_that_has_hung_up) {
  ScriptedPeer peer([](const ReceivedFrame&) { return std::nullopt; });
  const Socket socket = connect_to(peer.endpoint());
  std::string buffer;
  EXPECT_THROW(ask(socket, kQuestion, buffer), std::runtime_error);
}

}  // namespace
}  // namespace gantry::bench
