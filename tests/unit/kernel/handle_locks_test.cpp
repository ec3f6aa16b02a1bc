#include "remoting/bodies/lock.h"
#include "tests/unit/kernel/some_serving.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::MessageQueue;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

constexpr std::string_view kNone = R"({"lockOKMQSet":[]})";

struct HandleLocks : testing::Test, SomeServing {
  HandleLocks() {
    topics.put({.name = api::TopicName::parse("orders").value(), .read_queues = 2, .write_queues = 1},
               api::Completion<void>([](auto) {}));
    add_lock_handlers(requests, serving);
  }

  Answered ask(RequestCode code, const std::string& client, std::vector<MessageQueue> queues,
               const std::string& group = "g") {
    const remoting::LockBatchRequestBody body{client, group, std::move(queues)};
    return a.ask(requests, {.code = code, .body = to_json(body)});
  }
  Answered lock(const std::string& client, std::vector<MessageQueue> queues) {
    return ask(RequestCode::lock_batch_mq, client, std::move(queues));
  }

  const MessageQueue queue{.topic = "orders", .broker_name = "broker-a", .queue_id = 0};
  const std::string its_text = R"({"lockOKMQSet":[{"brokerName":"broker-a","queueId":0,"topic":"orders"}]})";
  AskingConnection a{1};
};

TEST_F(HandleLocks, gives_a_queue_to_one_client_at_a_time) {
  const auto first = lock("c-a", {queue});
  EXPECT_EQ(first.code, ResponseCode::success);
  EXPECT_EQ(first.body, its_text);
  EXPECT_EQ(lock("c-b", {queue}).body, kNone);
  EXPECT_EQ(ask(RequestCode::unlock_batch_mq, "c-b", {queue}).code, ResponseCode::success);
  EXPECT_EQ(lock("c-b", {queue}).body, kNone);
  EXPECT_EQ(ask(RequestCode::unlock_batch_mq, "c-a", {queue}).code, ResponseCode::success);
  EXPECT_EQ(lock("c-b", {queue}).body, its_text);
}

TEST_F(HandleLocks, outlives_the_connection_and_ends_a_minute_after_it_was_renewed) {
  lock("c-a", {queue});
  requests.on_closed(a);
  clock.advance(60s);
  EXPECT_EQ(lock("c-b", {queue}).body, kNone);
  clock.advance(1s);
  EXPECT_EQ(lock("c-b", {queue}).body, its_text);
}

TEST_F(HandleLocks, gives_no_queue_that_is_not_here) {
  EXPECT_EQ(lock("c", {{.topic = "orders", .broker_name = "broker-b", .queue_id = 0},
                       {.topic = "bills", .broker_name = "broker-a", .queue_id = 0},
                       {.topic = "orders", .broker_name = "broker-a", .queue_id = 2},
                       {.topic = "orders", .broker_name = "broker-a", .queue_id = -1},
                       queue})
                .body,
            its_text);
  EXPECT_EQ(locks.size(), 1u);
}

TEST_F(HandleLocks, refuses_a_request_that_makes_no_sense_and_says_why) {
  const auto garbage = a.ask(requests, {.code = RequestCode::lock_batch_mq, .body = "{"});
  EXPECT_EQ(garbage.code, ResponseCode::system_error);
  EXPECT_THAT(garbage.remark, HasSubstr("lock of queues: "));
  EXPECT_EQ(lock("", {queue}).remark, "lock of queues: clientId is missing or empty");
  EXPECT_EQ(lock(std::string(1025, 'c'), {queue}).remark,
            "lock of queues: clientId has 1025 bytes; at most 1024 are accepted");
  EXPECT_EQ(lock(std::string(1024, 'c'), {queue}).code, ResponseCode::success);
  EXPECT_THAT(ask(RequestCode::lock_batch_mq, "c", {queue}, "../g").remark, HasSubstr("../g"));
  EXPECT_THAT(ask(RequestCode::unlock_batch_mq, "", {queue}).remark, HasSubstr("unlock of queues: clientId"));
}

TEST_F(HandleLocks, refuses_more_queues_at_once_than_a_client_may_have) {
  serving.config.max_locks_per_client = 1;
  EXPECT_EQ(lock("c", {queue}).code, ResponseCode::success);
  EXPECT_EQ(lock("c", {queue, queue}).remark,
            "lock of queues: mqSet has 2 queues; at most 1 are accepted (max_locks_per_client)");
}

TEST_F(HandleLocks, tells_the_operator_when_there_are_too_many) {
  SomeServing few({}, {.most_per_client = 1});
  few.topics.put(*topics.find("orders"), api::Completion<void>([](const auto&) {}));
  add_lock_handlers(few.requests, few.serving);
  MessageQueue other = queue;
  other.queue_id = 1;
  const remoting::LockBatchRequestBody body{"c", "g", {queue, other}};
  EXPECT_EQ(a.ask(few.requests, {.code = RequestCode::lock_batch_mq, .body = to_json(body)}).body, its_text);
  const auto line = few.log.wait_for("queues are not locked: there are too many locks");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("client"), "c");
  EXPECT_EQ(line->field("queues"), "1");
}

}  // namespace
}  // namespace gantry::kernel
