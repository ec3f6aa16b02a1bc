#include "remoting/bodies/heartbeat.h"
#include "remoting/message_properties.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/some_serving.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

struct HandleReplies : testing::Test, WithStore, SomeServing {
  HandleReplies() {
    extensions.for_plugin(store_plugin)->add(static_cast<api::MessageStore&>(store));
    sends.begin();
    topics.put({.name = api::TopicName::parse("c_REPLY_TOPIC").value(), .read_queues = 1, .write_queues = 1},
               api::Completion<void>([](const auto&) {}));
    add_reply_handlers(requests, serving);
    clients.heard(asker, {.id = "asker"}, {.client_id = "asker", .producer_data_set = {{.group_name = "p"}}});
  }

  void replies(const std::string& properties =
                   "REPLY_TO_CLIENT\x01"
                   "asker\x02"
                   "CORRELATION_ID\x01"
                   "7",
               const std::string& topic = "c_REPLY_TOPIC") {
    replier.begin(requests, {.code = RequestCode::send_reply_message_v2,
                             .fields = {{"a", "p"},
                                        {"b", topic},
                                        {"c", "TBW102"},
                                        {"d", "4"},
                                        {"e", "0"},
                                        {"f", "0"},
                                        {"g", "1"},
                                        {"h", "0"},
                                        {"i", properties}},
                             .body = "the answer"});
  }
  void takes(ResponseCode code = ResponseCode::success) {
    remoting::Command response{.code = static_cast<std::int32_t>(code)};
    asker.asked_of_it().back().done(remoting::Response{response, ""});
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  AskingConnection asker{1}, replier{2};
};

TEST_F(HandleReplies, hands_a_reply_to_who_asked_and_stores_it) {
  replies();
  ASSERT_EQ(asker.asked_of_it().size(), 1U);
  const auto& pushed = asker.asked_of_it().front();
  EXPECT_EQ(pushed.code, RequestCode::push_reply_message_to_client);
  EXPECT_EQ(pushed.body, "the answer");
  EXPECT_EQ(pushed.fields.at("bornHost"), "10.9.9.9:2");
  EXPECT_THAT(pushed.fields.at("properties"), HasSubstr("CORRELATION_ID\x01"
                                                        "7"));
  EXPECT_THAT(pushed.fields.at("properties"), HasSubstr("PUSH_REPLY_TIME"));
  EXPECT_EQ(replier.answers(), 0U);
  takes();
  const auto answer = replier.answered();
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(answer.fields.at("MSG_REGION"), "DefaultRegion");
  EXPECT_EQ(store.range("c_REPLY_TOPIC", api::QueueId{0})->end, api::QueueOffset{1});
}

TEST_F(HandleReplies, says_when_the_client_did_not_get_it_and_stores_it_all_the_same) {
  replies();
  takes(ResponseCode::system_error);
  EXPECT_THAT(replier.answered().remark, HasSubstr("push reply message to asker"));
  replies(
      "REPLY_TO_CLIENT\x01"
      "nobody");
  EXPECT_THAT(replier.answered().remark, HasSubstr("channel of <nobody> not found"));
  replies("K\x01v");
  EXPECT_THAT(replier.answered().remark, HasSubstr("REPLY_TO_CLIENT"));
  EXPECT_EQ(store.range("c_REPLY_TOPIC", api::QueueId{0})->end, api::QueueOffset{3});
}

TEST_F(HandleReplies, asks_no_connection_that_is_gone_or_only_consumes) {
  requests.on_closed(asker);
  clients.closed(asker);
  replies();
  EXPECT_THAT(replier.answered().remark, HasSubstr("not found"));
  EXPECT_TRUE(asker.asked_of_it().empty());
}

TEST_F(HandleReplies, does_not_fail_a_reply_that_came_through_because_it_is_not_stored) {
  store.takes_nothing = api::Refusal{ResponseCode::service_not_available, "the disk is full"};
  replies();
  takes();
  EXPECT_EQ(replier.answered().code, ResponseCode::success);
  store.takes_nothing.reset();
  serving.config.store_replies = false;
  replies();
  takes();
  EXPECT_EQ(replier.answered().code, ResponseCode::success);
  EXPECT_FALSE(store.range("c_REPLY_TOPIC", api::QueueId{0}));
}

TEST_F(HandleReplies, refuses_a_reply_for_a_topic_that_is_not_there_or_takes_none) {
  const std::string for_asker = std::string("REPLY_TO_CLIENT\x01") + "asker";
  replies(for_asker, "other");
  EXPECT_EQ(replier.answered().code, ResponseCode::topic_not_exist);
  replies(for_asker, "SCHEDULE_TOPIC_XXXX");
  EXPECT_EQ(replier.answered().code, ResponseCode::no_permission);
  topics.put({.name = api::TopicName::parse("c_REPLY_TOPIC").value(), .perm = 4},
             api::Completion<void>([](const auto&) {}));
  replies(for_asker);
  EXPECT_EQ(replier.answered().code, ResponseCode::no_permission);
  EXPECT_TRUE(asker.asked_of_it().empty());
}

}  // namespace
}  // namespace gantry::kernel
