#include "remoting/message_batch.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/some_serving.h"

#include <memory>
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

constexpr const char* kProperties =
    "TAGS\x01"
    "A\x02WAIT\x01true\x02K\x01v\x02";

struct HandleSends : testing::Test, WithStore, SomeServing {
  HandleSends() {
    extensions.for_plugin(store_plugin)->add(static_cast<api::MessageStore&>(store));
    topics.put({.name = api::TopicName::parse("T").value(), .read_queues = 4, .write_queues = 4},
               api::Completion<void>([](const auto&) {}));
    topics.put({.name = api::TopicName::parse("TBW102").value(), .perm = 7},
               api::Completion<void>([](const auto&) {}));
    add_send_handlers(requests, serving);
  }
  void begin() { sends.begin(); }

  AskingConnection::Fields fields(const std::string& topic, std::int32_t queue,
                                  const std::string& properties) {
    return {{"producerGroup", "p"},
            {"topic", topic},
            {"defaultTopic", "TBW102"},
            {"defaultTopicQueueNums", "4"},
            {"queueId", std::to_string(queue)},
            {"sysFlag", "0"},
            {"bornTimestamp", "17"},
            {"flag", "5"},
            {"properties", properties}};
  }
  Answered sends_it(const std::string& topic, std::int32_t queue = 0,
                    const std::string& properties = kProperties) {
    return a.ask(
        requests,
        {.code = RequestCode::send_message, .fields = fields(topic, queue, properties), .body = "hello"});
  }
  Answered sends_with(const std::string& name, const std::string& value, const std::string& topic = "T") {
    auto all = fields(topic, 0, kProperties);
    all.emplace_back(name, value);
    return a.ask(requests, {.code = RequestCode::send_message, .fields = all, .body = "hello"});
  }
  Answered sends_batch(const std::string& body) {
    auto all = fields("T", 0, "WAIT\x01true");
    all.emplace_back("batch", "true");
    return a.ask(requests, {.code = RequestCode::send_message, .fields = all, .body = body});
  }
  std::vector<std::string> stored(const std::string& topic, std::int32_t queue) {
    std::vector<std::string> bodies;
    for (const auto& record : records(topic, queue)) bodies.emplace_back(record.body());
    return bodies;
  }
  std::vector<remoting::MessageRecordView> records(const std::string& topic, std::int32_t queue) {
    std::vector<remoting::MessageRecordView> found;
    store.read({.topic = topic, .queue = api::QueueId{queue}, .from = {0}}, [&](const auto& outcome) {
      if (!outcome) return;
      for (const auto& slice : outcome->messages) {
        kept.push_back(slice);
        found.push_back(remoting::decode_record(slice.bytes).record);
      }
    });
    return found;
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  std::vector<remoting::Slice> kept;
  AskingConnection a{1};
};

TEST_F(HandleSends, stores_a_message_and_says_where) {
  begin();
  sends_it("T");
  const auto answer = sends_it("T");
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(answer.fields.at("queueId"), "0");
  EXPECT_EQ(answer.fields.at("queueOffset"), "1");
  EXPECT_EQ(answer.fields.at("msgId").substr(0, 16), "0A00000100002A9F");
  EXPECT_EQ(answer.fields.at("MSG_REGION"), "DefaultRegion");
  EXPECT_EQ(answer.fields.at("TRACE_ON"), "true");
  const auto record = records("T", 0).at(1);
  EXPECT_EQ(record.body(), "hello");
  EXPECT_EQ(record.flag(), 5);
  EXPECT_EQ(record.born_timestamp(), 17);
  EXPECT_EQ(record.born_host().str(), "10.9.9.9:1");
}

TEST_F(HandleSends, stores_all_properties_but_whether_its_sender_waits_and_adds_the_cluster) {
  begin();
  sends_it("T");
  EXPECT_EQ(records("T", 0).at(0).properties(),
            "TAGS\x01"
            "A\x02K\x01v\x02"
            "CLUSTER\x01"
            "c");
  sends_it("T", 1,
           "WAIT\x01"
           "false");
  EXPECT_EQ(records("T", 1).at(0).properties(),
            "CLUSTER\x01"
            "c");
  sends_it("T", 2,
           "WAIT\x01"
           "false\x02"
           "B\x01"
           "1\x02WAIT\x01true\x02"
           "C\x01"
           "2");
  EXPECT_EQ(records("T", 2).at(0).properties(),
            "B\x01"
            "1\x02"
            "C\x01"
            "2\x02"
            "CLUSTER\x01"
            "c");
}

TEST_F(HandleSends, keeps_the_region_in_messages_of_clients_that_look_for_it_there) {
  begin();
  a.ask(requests,
        {.code = RequestCode::send_message, .fields = fields("T", 0, ""), .body = "x", .version = 413});
  EXPECT_THAT(std::string(records("T", 0).at(0).properties()), HasSubstr("MSG_REGION\x01"
                                                                         "DefaultRegion"));
}

TEST_F(HandleSends, reads_the_one_letter_form_too) {
  begin();
  const auto answer = a.ask(requests, {.code = RequestCode::send_message_v2,
                                       .fields = {{"a", "p"},
                                                  {"b", "T"},
                                                  {"c", "TBW102"},
                                                  {"d", "4"},
                                                  {"e", "3"},
                                                  {"f", "0"},
                                                  {"g", "1"},
                                                  {"h", "0"}},
                                       .body = "letters"});
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_THAT(stored("T", 3), testing::ElementsAre("letters"));
}

TEST_F(HandleSends, takes_any_queue_where_the_sender_names_none) {
  begin();
  const auto answer = sends_it("T", -1);
  ASSERT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(stored("T", std::stoi(answer.fields.at("queueId"))).size(), 1U);
}

TEST_F(HandleSends, makes_a_topic_that_is_missing) {
  begin();
  EXPECT_EQ(sends_it("new", 0).code, ResponseCode::success);
  EXPECT_EQ(topics.find("new")->write_queues, 4);
  EXPECT_THAT(stored("new", 0), testing::ElementsAre("hello"));
}

TEST_F(HandleSends, says_why_it_takes_a_message_not) {
  begin();
  EXPECT_EQ(sends_it("T", 4).code, ResponseCode::system_error);
  EXPECT_THAT(sends_it("T", 4).remark, HasSubstr("queueId[4] is illegal"));
  topics.remove(api::TopicName::parse("TBW102").value(), api::Completion<void>([](const auto&) {}));
  EXPECT_EQ(sends_it("new").code, ResponseCode::topic_not_exist);
  EXPECT_EQ(sends_it("../etc").code, ResponseCode::system_error);
  EXPECT_THAT(sends_it("../etc").remark, HasSubstr("../etc"));
  topics.put({.name = api::TopicName::parse("T").value(), .perm = 4},
             api::Completion<void>([](const auto&) {}));
  EXPECT_EQ(sends_it("T").code, ResponseCode::no_permission);
  const auto incomplete = a.ask(requests, {.code = RequestCode::send_message, .fields = {{"topic", "T"}}});
  EXPECT_EQ(incomplete.code, ResponseCode::system_error);
  EXPECT_THAT(incomplete.remark, HasSubstr("producerGroup"));
  EXPECT_EQ(incomplete.fields.at("MSG_REGION"), "DefaultRegion");
}

TEST_F(HandleSends, refuses_topics_that_are_the_brokers_own) {
  begin();
  const auto answer = sends_it("SCHEDULE_TOPIC_XXXX");
  EXPECT_EQ(answer.code, ResponseCode::no_permission);
  EXPECT_THAT(answer.remark, HasSubstr("SCHEDULE_TOPIC_XXXX"));
  EXPECT_FALSE(topics.find("SCHEDULE_TOPIC_XXXX"));
}

TEST_F(HandleSends, hands_on_what_the_store_says_against_a_message) {
  begin();
  store.takes_nothing = api::Refusal{ResponseCode::service_not_available, "the disk is full"};
  const auto answer = sends_it("T");
  EXPECT_EQ(answer.code, ResponseCode::service_not_available);
  EXPECT_EQ(answer.remark, "the disk is full");
  EXPECT_EQ(answer.fields.count("msgId"), 0U);
  EXPECT_EQ(answer.fields.at("TRACE_ON"), "true");
}

TEST_F(HandleSends, tells_where_a_message_is_that_the_disk_did_not_take_in_time) {
  begin();
  store.holds_promises = true;
  a.begin(requests, {.code = RequestCode::send_message, .fields = fields("T", 2, ""), .body = "x"});
  store.keep_promises(api::Refusal{ResponseCode::flush_disk_timeout, "too slow"});
  const auto answer = a.answered();
  EXPECT_EQ(answer.code, ResponseCode::flush_disk_timeout);
  EXPECT_EQ(answer.fields.at("queueId"), "2");
  EXPECT_EQ(answer.remark, "too slow");
}

TEST_F(HandleSends, answers_when_the_store_has_kept_its_promise_unless_the_sender_does_not_wait_for_it) {
  begin();
  store.holds_promises = true;
  EXPECT_EQ(sends_it("T", 0,
                     "WAIT\x01"
                     "false")
                .code,
            ResponseCode::success);
  a.begin(requests, {.code = RequestCode::send_message, .fields = fields("T", 0, ""), .body = "x"});
  EXPECT_EQ(a.answers(), 0U);
  store.keep_promises();
  EXPECT_EQ(a.answered().code, ResponseCode::success);
}

TEST_F(HandleSends, takes_the_messages_of_a_batch_one_behind_the_other) {
  begin();
  sends_it("T");
  std::string batch;
  remoting::append_batch_item(batch, {.flag = 1,
                                      .body = "one",
                                      .properties = "TAGS\x01"
                                                    "A"})
      .value();
  remoting::append_batch_item(batch, {.flag = 2, .body = "two", .properties = "K\x01v\x02"}).value();
  const auto answer = sends_batch(batch);
  ASSERT_EQ(answer.code, ResponseCode::success) << answer.remark;
  EXPECT_EQ(answer.fields.at("queueOffset"), "1");
  EXPECT_EQ(answer.fields.at("msgId").size(), 65U);
  EXPECT_THAT(stored("T", 0), testing::ElementsAre("hello", "one", "two"));
  EXPECT_EQ(records("T", 0).at(2).flag(), 2);
  EXPECT_EQ(records("T", 0).at(1).properties(),
            "TAGS\x01"
            "A\x02"
            "CLUSTER\x01"
            "c");
}

TEST_F(HandleSends, takes_all_of_a_batch_or_nothing) {
  begin();
  std::string batch;
  remoting::append_batch_item(batch, {.body = "one"}).value();
  const auto cut = sends_batch(batch + "rest");
  EXPECT_EQ(cut.code, ResponseCode::message_illegal);
  EXPECT_EQ(sends_batch("").code, ResponseCode::message_illegal);
  remoting::append_batch_item(batch, {.body = "two", .properties = std::string(32760, 'x')}).value();
  EXPECT_THAT(sends_batch(batch).remark, HasSubstr("properties of message 2"));
  std::string zero;
  remoting::append_batch_item(zero, {.body = "one"}).value();
  remoting::append_batch_item(zero, {.body = "two", .properties = std::string("K\x01\0", 3)}).value();
  EXPECT_THAT(sends_batch(zero).remark, HasSubstr("zero byte"));
  store.largest = ByteSize(20);
  EXPECT_THAT(sends_batch(batch).remark, HasSubstr("20 are allowed"));
  EXPECT_TRUE(stored("T", 0).empty());
}

TEST_F(HandleSends, refuses_a_batch_whose_ids_no_answer_could_carry) {
  begin();
  std::string batch;
  for (int i = 0; i < 65'536; ++i) remoting::append_batch_item(batch, {.body = "x"}).value();
  EXPECT_EQ(sends_batch(batch).code, ResponseCode::success);
  remoting::append_batch_item(batch, {.body = "x"}).value();
  EXPECT_THAT(sends_batch(batch).remark, HasSubstr("it has 65537 messages, 65536 are allowed"));
  EXPECT_EQ(store.range("T", api::QueueId{0})->end.value, 65'536);
}

TEST_F(HandleSends, refuses_a_half_message_where_no_plugin_has_led_it_elsewhere) {
  begin();
  auto half = fields("T", 0, "TRAN_MSG\x01true");
  half[5].second = "4";
  const auto answer = a.ask(requests, {.code = RequestCode::send_message, .fields = half, .body = "x"});
  EXPECT_EQ(answer.code, ResponseCode::no_permission);
  EXPECT_THAT(answer.remark, HasSubstr("transaction"));
}

TEST_F(HandleSends, leads_what_was_tried_too_often_to_its_groups_dead_letters) {
  begin();
  serving.config.auto_create_groups = false;
  EXPECT_EQ(sends_with("reconsumeTimes", "1", "%RETRY%g").code, ResponseCode::subscription_group_not_exist);
  groups.put({.name = api::GroupName::parse("g").value(), .retry_max = 3},
             api::Completion<void>([](const auto&) {}));
  EXPECT_EQ(sends_with("reconsumeTimes", "2", "%RETRY%g").code, ResponseCode::success);
  EXPECT_EQ(stored("%RETRY%g", 0).size(), 1U);
  EXPECT_EQ(sends_with("reconsumeTimes", "3", "%RETRY%g").code, ResponseCode::success);
  EXPECT_EQ(stored("%DLQ%g", 0).size(), 1U);
  EXPECT_EQ(topics.find("%DLQ%g")->perm, 6);
}

TEST_F(HandleSends, gives_all_messages_of_one_read_to_the_store_together) {
  begin();
  store.holds_promises = true;
  a.begin_all(requests, {{.code = RequestCode::send_message, .fields = fields("T", 0, ""), .body = "1"},
                         {.code = RequestCode::send_message, .fields = fields("T", 9, ""), .body = "2"},
                         {.code = RequestCode::send_message, .fields = fields("T", 1, ""), .body = "3"}});
  EXPECT_EQ(store.bursts(), 1U);
  EXPECT_EQ(a.answers(), 1U);  // the one that is wrong
  store.keep_promises();
  EXPECT_EQ(a.answers(), 3U);
}

struct Stage final : api::AppendStage {
  api::AppendPhase phase() const override { return api::AppendPhase::route; }
  void process(std::span<api::Draft> drafts) override {
    for (auto& draft : drafts) {
      if (draft.record.body == "no") draft.refuse({ResponseCode::no_permission, "not this one"});
      if (draft.record.body == "away") draft.record.topic = draft.keep("elsewhere");
    }
  }
};

TEST_F(HandleSends, lets_stages_lead_messages_elsewhere_and_refuse_them) {
  Stage stage;
  extensions.for_plugin(store_plugin)->add(static_cast<api::AppendStage&>(stage));
  begin();
  a.ask(requests, {.code = RequestCode::send_message, .fields = fields("T", 1, ""), .body = "away"});
  EXPECT_THAT(stored("elsewhere", 1), testing::ElementsAre("away"));
  const auto refused =
      a.ask(requests, {.code = RequestCode::send_message, .fields = fields("T", 1, ""), .body = "no"});
  EXPECT_EQ(refused.code, ResponseCode::no_permission);
  std::string batch;
  remoting::append_batch_item(batch, {.body = "yes"}).value();
  remoting::append_batch_item(batch, {.body = "no"}).value();
  EXPECT_EQ(sends_batch(batch).remark, "not this one");
  EXPECT_TRUE(stored("T", 0).empty());
}

struct Gate final : api::DurabilityGate {
  void hold(api::LogOffset, api::Completion<void> safe) override { held.push_back(std::move(safe)); }
  std::vector<api::Completion<void>> held;
};

TEST_F(HandleSends, answers_when_every_gate_and_the_store_agree_whichever_comes_last) {
  Gate gate;
  extensions.for_plugin(store_plugin)->add(static_cast<api::DurabilityGate&>(gate));
  begin();
  store.holds_promises = true;
  const AskingConnection::Question question{
      .code = RequestCode::send_message, .fields = fields("T", 0, ""), .body = "x"};
  a.begin(requests, question);
  store.keep_promises();
  EXPECT_EQ(a.answers(), 0U);
  gate.held.at(0).succeed();
  EXPECT_EQ(a.answered().code, ResponseCode::success);
  a.begin(requests, question);
  gate.held.at(1).succeed();
  EXPECT_EQ(a.answers(), 0U);
  store.keep_promises();
  EXPECT_EQ(a.answered().code, ResponseCode::success);
  a.begin(requests, question);
  gate.held.at(2).fail({ResponseCode::slave_not_available, "no slave"});
  const auto answer = a.answered();
  EXPECT_EQ(answer.code, ResponseCode::slave_not_available);
  EXPECT_EQ(answer.fields.at("queueOffset"), "2");
  store.keep_promises();
  EXPECT_EQ(a.answers(), 0U);
  EXPECT_EQ(sends_it("T", 0,
                     "WAIT\x01"
                     "false")
                .code,
            ResponseCode::success);
  sends.end();
}

TEST_F(HandleSends, says_that_it_keeps_no_messages_without_a_store) {
  SomeServing bare;
  add_send_handlers(bare.requests, bare.serving);
  const auto answer =
      a.ask(bare.requests, {.code = RequestCode::send_message, .fields = fields("T", 0, ""), .body = "x"});
  EXPECT_EQ(answer.code, ResponseCode::service_not_available);
}

}  // namespace
}  // namespace gantry::kernel
