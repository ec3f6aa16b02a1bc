#include "remoting/message_record_view.h"
#include "tests/unit/examples/load_example.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;
using ::testing::HasSubstr;

constexpr RequestCode kTail{20021};
constexpr QueueId kQueue{2};

// A broker with one queue, in which the test puts its message when it wants to.
class TailExample : public ::testing::Test {
 protected:
  TailExample() {
    context_.local_calls().answer(RequestCode::pull_message, [this](const LocalCall&) -> KeptAnswer {
      if (!message_) return {.code = ResponseCode::pull_not_found};
      const remoting::MessageRecord record{.queue_offset = 7, .body = *message_, .topic = "orders"};
      std::string bytes(remoting::encoded_size(record).value().total(), '\0');
      remoting::encode_to(bytes, record).value();
      return {.body = std::move(bytes)};
    });
  }

  // As ask() of the host, which wants an answer at once.
  void begin() {
    const std::array<remoting::Field, 3> fields{{{"topic", "orders"}, {"queueId", "2"}, {"offset", "7"}}};
    host_.points().handler(kTail).handle(from_, {.command = {.code = 20021, .fields = fields}});
    context_.settle();
  }
  void send(std::string body) {
    message_ = std::move(body);
    context_.parking().grow("orders", kQueue, {8});
    context_.settle();
  }

  TestContext context_;
  TestHost host_{context_, example("tail"), {{"longest", 10s}}};
  TestConnection from_;
  std::optional<std::string> message_;
};

TEST_F(TailExample, answers_at_once_with_a_message_that_is_there) {
  message_ = "there";
  const auto answer = host_.ask(kTail, {{"topic", "orders"}, {"queueId", "2"}, {"offset", "7"}});
  EXPECT_EQ(answer.body, "there");
  EXPECT_EQ(answer.fields.at("offset"), "7");
  const auto& call = context_.local_calls().calls().front();
  EXPECT_EQ(call.peer, "tail 192.0.2.1:50000");
  EXPECT_EQ(call.fields.at("queueOffset"), "7");
}

TEST_F(TailExample, waits_for_one_that_is_not) {
  begin();
  EXPECT_EQ(from_.answers().size(), 0u);
  EXPECT_EQ(context_.parking().count(), 1u);
  send("news");
  ASSERT_EQ(from_.answers().size(), 1u);
  EXPECT_EQ(from_.answers().front().body, "news");
}

TEST_F(TailExample, says_when_none_came_in_its_time) {
  begin();
  context_.advance(11s);
  ASSERT_EQ(from_.answers().size(), 1u);
  EXPECT_EQ(from_.answers().front().code, ResponseCode::pull_not_found);
  EXPECT_THAT(from_.answers().front().remark, HasSubstr("queue 2 of topic orders at offset 7"));
}

TEST_F(TailExample, is_answered_when_the_broker_stops) {
  begin();
  context_.parking().stop();
  context_.settle();
  ASSERT_EQ(from_.answers().size(), 1u);
  EXPECT_EQ(from_.answers().front().code, ResponseCode::service_not_available);
}

TEST_F(TailExample, passes_on_what_the_broker_refuses) {
  context_.local_calls().answer(RequestCode::pull_message, [](const LocalCall&) -> KeptAnswer {
    return {.code = ResponseCode::topic_not_exist, .remark = "there is no such topic"};
  });
  begin();
  context_.local_calls().fail(make_error_code(boost::system::errc::timed_out));
  begin();
  context_.local_calls().fail({});
  context_.local_calls().answer(RequestCode::pull_message, [](const LocalCall&) -> KeptAnswer {
    return {.code = ResponseCode::pull_not_found};
  });
  context_.parking().refuse(Refusal{.code = ResponseCode::system_busy, .text = "too many wait"});
  begin();
  ASSERT_EQ(from_.answers().size(), 3u);
  EXPECT_EQ(from_.answers()[0].code, ResponseCode::topic_not_exist);
  EXPECT_THAT(from_.answers()[1].remark, HasSubstr("the broker did not answer"));
  EXPECT_EQ(from_.answers()[2].remark, "too many wait");
}

TEST_F(TailExample, says_what_is_missing_in_a_request) {
  EXPECT_THAT(host_.ask(kTail, {{"topic", "orders"}}).remark, HasSubstr("queueId"));
}

}  // namespace
}  // namespace gantry::api::testing
