#include "remoting/message_properties.h"
#include "remoting/tag_hash.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/some_serving.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

struct HandleSendBacks : testing::Test, WithStore, SomeServing {
  HandleSendBacks() {
    extensions.for_plugin(store_plugin)->add(static_cast<api::MessageStore&>(store));
    sends.begin();
    add_send_back_handler(requests, serving);
    put_group({.name = api::GroupName::parse("g").value(), .retry_max = 2});
  }
  void put_group(const api::Group& group) {
    groups.put(group, api::Completion<void>([](const auto&) {}));
  }

  Answered gives_back(api::LogOffset at, int level = 0, int most = -1, const std::string& group = "g") {
    AskingConnection::Fields fields{
        {"offset", std::to_string(at.value)}, {"group", group}, {"delayLevel", std::to_string(level)}};
    if (most >= 0) fields.emplace_back("maxReconsumeTimes", std::to_string(most));
    return a.ask(requests, {.code = RequestCode::consumer_send_msg_back, .fields = fields});
  }
  // The newest message of the topic's first queue.
  remoting::MessageRecordView last_of(const std::string& topic) {
    remoting::MessageRecordView last;
    store.read({.topic = topic, .from = {0}}, [&](const auto& outcome) {
      kept = outcome->messages.back();
      last = remoting::decode_record(kept.bytes).record;
    });
    return last;
  }
  std::string property(const remoting::MessageRecordView& record, std::string_view name) {
    return std::string(remoting::find_property(record.properties(), name).value_or("none"));
  }
  api::LogOffset at_of(const remoting::MessageRecordView& record) { return {record.physical_offset()}; }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  remoting::Slice kept;
  AskingConnection a{1};
};

TEST_F(HandleSendBacks, puts_the_message_to_its_groups_retries_with_a_delay_that_grows) {
  const auto first = store.add({.topic = "T",
                                .body = "hard",
                                .properties = "TAGS\x01"
                                              "A\x02K\x01v"});
  ASSERT_EQ(gives_back(first).code, ResponseCode::success);
  auto again = last_of("%RETRY%g");
  EXPECT_EQ(again.body(), "hard");
  EXPECT_EQ(again.reconsume_times(), 1);
  EXPECT_EQ(property(again, "DELAY"), "3");
  EXPECT_EQ(property(again, "RETRY_TOPIC"), "T");
  EXPECT_EQ(property(again, "K"), "v");
  const auto origin = property(again, "ORIGIN_MESSAGE_ID");
  EXPECT_EQ(origin.size(), 32U);
  EXPECT_EQ(topics.find("%RETRY%g")->write_queues, 1);

  ASSERT_EQ(gives_back(at_of(again)).code, ResponseCode::success);
  again = last_of("%RETRY%g");
  EXPECT_EQ(again.reconsume_times(), 2);
  EXPECT_EQ(property(again, "DELAY"), "4");
  EXPECT_EQ(property(again, "RETRY_TOPIC"), "T");
  EXPECT_EQ(property(again, "ORIGIN_MESSAGE_ID"), origin);
}

TEST_F(HandleSendBacks, believes_no_sender_that_a_message_came_back_two_thousand_million_times) {
  put_group({.name = api::GroupName::parse("patient").value(),
             .retry_max = std::numeric_limits<std::int32_t>::max()});
  for (const auto times :
       {std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
    const auto at = store.put({.reconsume_times = times, .body = "hard", .topic = "T"}).at;
    ASSERT_EQ(gives_back(at, 0, -1, "patient").code, ResponseCode::success);
    const auto again = last_of("%RETRY%patient");
    EXPECT_EQ(again.reconsume_times(), times < 0 ? 1 : 1'000'001);
    EXPECT_EQ(property(again, "DELAY"), times < 0 ? "3" : "1000003");
  }
}

TEST_F(HandleSendBacks, puts_it_to_the_dead_letters_after_as_many_times_as_the_group_may_try) {
  const auto first = store.add({.topic = "T", .body = "hard"});
  gives_back(first);
  gives_back(at_of(last_of("%RETRY%g")));
  ASSERT_EQ(gives_back(at_of(last_of("%RETRY%g"))).code, ResponseCode::success);
  const auto dead = last_of("%DLQ%g");
  EXPECT_EQ(dead.body(), "hard");
  EXPECT_EQ(property(dead, "DELAY"), "none");
  EXPECT_EQ(property(dead, "RETRY_TOPIC"), "T");
}

TEST_F(HandleSendBacks, takes_the_consumers_word_for_the_delay_and_for_how_often) {
  const auto first = store.add({.topic = "T"});
  gives_back(first, 7);
  EXPECT_EQ(property(last_of("%RETRY%g"), "DELAY"), "7");
  gives_back(first, -1);
  EXPECT_EQ(property(last_of("%DLQ%g"), "DELAY"), "none");
  gives_back(first, 0, 0);
  EXPECT_EQ(store.range("%DLQ%g", api::QueueId{0})->end, api::QueueOffset{2});
}

TEST_F(HandleSendBacks, stores_nothing_for_a_group_without_retry_queues) {
  put_group({.name = api::GroupName::parse("none").value(), .retry_queues = 0});
  EXPECT_EQ(gives_back(store.add({.topic = "T"}), 0, -1, "none").code, ResponseCode::success);
  EXPECT_FALSE(topics.find("%RETRY%none"));
}

TEST_F(HandleSendBacks, says_why_it_cannot) {
  serving.config.auto_create_groups = false;
  EXPECT_EQ(gives_back({0}, 0, -1, "stranger").code, ResponseCode::subscription_group_not_exist);
  const auto nothing = gives_back({12345});
  EXPECT_EQ(nothing.code, ResponseCode::system_error);
  EXPECT_THAT(nothing.remark, HasSubstr("look message by offset failed, 12345"));
  const auto at = store.add({.topic = "T"});
  store.takes_nothing = api::Refusal{ResponseCode::service_not_available, "the disk is full"};
  EXPECT_EQ(gives_back(at).remark, "the disk is full");
  store.takes_nothing.reset();
  topics.put({.name = api::TopicName::parse("%RETRY%g").value(), .perm = 4},
             api::Completion<void>([](const auto&) {}));
  EXPECT_EQ(gives_back(at).code, ResponseCode::no_permission);
}

}  // namespace
}  // namespace gantry::kernel
