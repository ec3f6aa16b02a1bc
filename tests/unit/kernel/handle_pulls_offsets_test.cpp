// Pulls that commit, and pulls that are sent elsewhere.
#include "remoting/bodies/heartbeat.h"
#include "tests/unit/kernel/some_serving.h"
#include "tests/unit/kernel/some_store.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;

struct HandlePullsOffsets : testing::Test, SomeServing {
  HandlePullsOffsets() {
    extensions.for_plugin(store_plugin)->add(store);
    topics.put({.name = api::TopicName::parse("orders").value(), .read_queues = 1, .write_queues = 1},
               api::Completion<void>([](auto) {}));
    for (int i = 0; i < 9; ++i) store.add({});
    add_pull_handlers(requests, serving);
    add_offset_handlers(requests, serving);
  }

  // With its subscription, and committing what it has consumed.
  Answered pull(std::int64_t from, std::int64_t consumed) {
    return a.ask(requests, {.code = RequestCode::pull_message,
                            .fields = {{"consumerGroup", "g"},
                                       {"topic", "orders"},
                                       {"queueId", "0"},
                                       {"queueOffset", std::to_string(from)},
                                       {"maxMsgNums", "1"},
                                       {"sysFlag", "5"},
                                       {"commitOffset", std::to_string(consumed)},
                                       {"suspendTimeoutMillis", "0"},
                                       {"subscription", "*"},
                                       {"subVersion", "0"}}});
  }
  void consumer_commits(std::int64_t offset) {
    clients.heard(a, {.id = "c"}, {.client_id = "c", .consumer_data_set = {{.group_name = "g"}}});
    a.ask(requests, {.code = RequestCode::update_consumer_offset,
                     .fields = {{"consumerGroup", "g"},
                                {"topic", "orders"},
                                {"queueId", "0"},
                                {"commitOffset", std::to_string(offset)}}});
  }
  std::int64_t stands() {
    const auto there = offsets.committed("g", "orders", api::QueueId{0});
    return there ? there->value : -1;
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  SomeStore store;
  AskingConnection a{1};
};

TEST_F(HandlePullsOffsets, commit_forward_and_no_further_than_the_queue) {
  EXPECT_EQ(pull(5, -1).code, ResponseCode::success);
  EXPECT_EQ(stands(), -1);
  pull(5, 4);
  EXPECT_EQ(stands(), 4);
  pull(5, 3);
  EXPECT_EQ(stands(), 4);
  EXPECT_EQ(pull(5, 10).code, ResponseCode::success);
  EXPECT_EQ(stands(), 4);
  pull(9, 9);
  EXPECT_EQ(stands(), 9);
}

TEST_F(HandlePullsOffsets, let_a_consumer_commit_the_lower_offset_that_it_is_sent_to) {
  offsets.reset(api::GroupName::parse("g").value(), api::TopicName::parse("orders").value(), api::QueueId{0},
                {12});  // as before a crash that cost the last three messages
  const auto moved = pull(12, -1);
  EXPECT_EQ(moved.code, ResponseCode::pull_offset_moved);
  EXPECT_EQ(moved.fields.at("nextBeginOffset"), "9");
  consumer_commits(8);
  EXPECT_EQ(stands(), 12);
  consumer_commits(9);
  EXPECT_EQ(stands(), 9);
}

TEST_F(HandlePullsOffsets, expect_no_step_back_from_a_consumer_that_is_sent_forward) {
  store.take_away("orders", 0, 3);
  offsets.reset(api::GroupName::parse("g").value(), api::TopicName::parse("orders").value(), api::QueueId{0},
                {7});
  EXPECT_EQ(pull(1, -1).fields.at("nextBeginOffset"), "3");
  consumer_commits(3);
  EXPECT_EQ(stands(), 7);
}

}  // namespace
}  // namespace gantry::kernel
