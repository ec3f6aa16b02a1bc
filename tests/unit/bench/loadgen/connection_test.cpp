#include "bench/loadgen/connection.h"

#include "tests/unit/bench/loadgen/scripted_peer.h"

#include <algorithm>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const Frame kRequest = Frame::build({.code = 1, .fields = {}, .body = {}}, Encoding::json);

std::string answer_to(std::int32_t opaque, std::uint32_t flag = 1) {
  std::string out;
  Frame::build({.code = 0, .flag = flag, .fields = {}, .body = {}}, Encoding::json)
      .append_to(out, static_cast<std::uint32_t>(opaque));
  return out;
}

struct Seen : AnswerSink {
  void on_answer(const Asked& asked, TimePoint, const ReceivedFrame&) override {
    answered.push_back(asked.frame);
  }
  void on_stray(const ReceivedFrame& frame) override { strays.push_back(frame.opaque); }

  void wait_for(Connection& connection, std::size_t frames) {
    while (answered.size() + strays.size() < frames) {
      pollfd readable{connection.fd(), POLLIN, 0};
      ::poll(&readable, 1, -1);
      connection.receive(*this);
    }
  }

  std::vector<std::size_t> answered;
  std::vector<std::int32_t> strays;
};

TEST(PipelinedConnection, knows_which_request_an_answer_belongs_to_in_whatever_order_they_come) {
  std::vector<std::string> answers;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    answers.push_back(answer_to(request.opaque));
    if (answers.size() < 3) return std::string();
    return answers[2] + answers[0] + answers[1];
  });
  Connection connection(peer.endpoint(), 3);
  for (std::size_t i = 0; i < 3; ++i) connection.submit(kRequest, {i, {}});
  EXPECT_EQ(connection.room(), 0u);
  connection.flush();
  Seen seen;
  seen.wait_for(connection, 3);
  EXPECT_THAT(seen.answered, ElementsAre(2, 0, 1));
  EXPECT_EQ(connection.room(), 3u);
}

TEST(PipelinedConnection, tells_an_answer_that_comes_twice_and_a_request_from_the_answers_that_it_waits_for) {
  ScriptedPeer peer([](const ReceivedFrame& request) {
    return answer_to(request.opaque, 0) + answer_to(request.opaque) + answer_to(request.opaque);
  });
  Connection connection(peer.endpoint(), 1);
  connection.submit(kRequest, {5, {}});
  connection.flush();
  Seen seen;
  seen.wait_for(connection, 3);
  EXPECT_THAT(seen.answered, ElementsAre(5));
  EXPECT_EQ(seen.strays.size(), 2u);
}

TEST(PipelinedConnection, does_not_take_a_late_answer_for_that_of_the_next_request) {
  std::vector<std::int32_t> opaques;
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    opaques.push_back(request.opaque);
    return answer_to(opaques.front());
  });
  Connection connection(peer.endpoint(), 1);
  Seen seen;
  for (std::size_t i = 0; i < 2; ++i) {
    connection.submit(kRequest, {i, {}});
    connection.flush();
    seen.wait_for(connection, i + 1);
  }
  EXPECT_THAT(seen.answered, ElementsAre(0));
  EXPECT_EQ(seen.strays.size(), 1u);
  EXPECT_EQ(connection.in_flight(), 1u);
}

TEST(PipelinedConnection, grows_its_buffer_for_an_answer_larger_than_it) {
  const std::string body(1 << 20, 'x');
  ScriptedPeer peer([&](const ReceivedFrame& request) {
    std::string out;
    Frame::build({.code = 0, .flag = 1, .fields = {}, .body = body}, Encoding::binary)
        .append_to(out, static_cast<std::uint32_t>(request.opaque));
    return out;
  });
  Connection connection(peer.endpoint(), 2);
  for (std::size_t i = 0; i < 2; ++i) connection.submit(kRequest, {i, {}});
  connection.flush();
  Seen seen;
  seen.wait_for(connection, 2);
  EXPECT_THAT(seen.answered, ElementsAre(0, 1));
}

TEST(PipelinedConnection, throws_when_the_server_hangs_up) {
  ScriptedPeer peer([](const ReceivedFrame&) { return std::nullopt; });
  Connection connection(peer.endpoint(), 1);
  connection.submit(kRequest, {0, {}});
  connection.flush();
  Seen seen;
  EXPECT_THROW(seen.wait_for(connection, 1), std::runtime_error);
}

TEST(PipelinedConnection, throws_when_the_server_talks_nonsense) {
  ScriptedPeer peer([](const ReceivedFrame&) {
    return std::string("HTTP/1.1 400 Bad Request\r\n\r\n").insert(0, 4, '\0');
  });
  Connection connection(peer.endpoint(), 1);
  connection.submit(kRequest, {0, {}});
  connection.flush();
  Seen seen;
  EXPECT_THROW(seen.wait_for(connection, 1), std::runtime_error);
}

TEST(PipelinedConnection, gives_up_each_unanswered_request_once) {
  ScriptedPeer peer([](const ReceivedFrame&) { return std::string(); });
  Connection connection(peer.endpoint(), 3);
  for (std::size_t i = 0; i < 2; ++i) connection.submit(kRequest, {i, {}});
  std::vector<std::size_t> lost;
  for (const Asked& asked : connection.abandon()) lost.push_back(asked.frame);
  EXPECT_THAT(lost, UnorderedElementsAre(0, 1));
  EXPECT_TRUE(connection.abandon().empty());
  EXPECT_EQ(connection.room(), 3u);
}

}  // namespace
}  // namespace gantry::bench
