#include "remoting/bodies/heartbeat.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

HeartbeatData read(std::string text) {
  HeartbeatData beat;
  const auto ok = read_json(text, beat);
  EXPECT_TRUE(ok.has_value()) << ok.error().str();
  return beat;
}

TEST(Heartbeat, of_a_cpp_client_has_enums_as_numbers_and_times_as_text) {
  const auto beat = read(
      R"({"clientID":"10.0.0.9@1","consumerDataSet":[{"consumeFromWhere":4,"consumeType":1,"groupName":"g",)"
      R"("messageModel":1,"subscriptionDataSet":[{"codeSet":[0],"subString":"TagA","subVersion":"1700000000000",)"
      R"("tagsSet":["TagA"],"topic":"T"},{"subString":"*","subVersion":"1700000000001","topic":"%RETRY%g"}]}]})");
  ASSERT_EQ(beat.consumer_data_set.size(), 1u);
  const auto& consumer = beat.consumer_data_set[0];
  EXPECT_EQ(consumer.consume_from_where, ConsumeFromWhere::first_offset);
  EXPECT_EQ(consumer.consume_type, ConsumeType::passively);
  EXPECT_EQ(consumer.message_model, MessageModel::clustering);
  ASSERT_EQ(consumer.subscription_data_set.size(), 2u);
  EXPECT_EQ(consumer.subscription_data_set[0].sub_version, 1700000000000);
  EXPECT_EQ(consumer.subscription_data_set[0].expression_type, "TAG");
  EXPECT_TRUE(consumer.subscription_data_set[1].tags_set.empty());
  EXPECT_TRUE(beat.producer_data_set.empty());
}

TEST(Heartbeat, of_a_go_client_has_hash_codes_as_text_and_times_in_nanoseconds) {
  const auto beat = read(
      R"({"clientID":"10.0.0.9@2","producerDataSet":[{"groupName":"p"}],"consumerDataSet":[{"groupName":"g",)"
      R"("consumeType":"CONSUME_PASSIVELY","messageModel":"BROADCASTING","consumeFromWhere":"CONSUME_FROM_TIMESTAMP",)"
      R"("subscriptionDataSet":[{"classFilterMode":false,"topic":"T","subString":"TagA","tagsSet":["TagA"],)"
      R"("codeSet":["2598919"],"subVersion":1700000000000000001,"expressionType":"TAG"}],"unitMode":false}]})");
  const auto& consumer = beat.consumer_data_set.at(0);
  EXPECT_EQ(consumer.message_model, MessageModel::broadcasting);
  EXPECT_EQ(consumer.consume_from_where, ConsumeFromWhere::timestamp);
  EXPECT_EQ(consumer.subscription_data_set.at(0).code_set, (std::vector<std::int32_t>{2598919}));
  EXPECT_EQ(consumer.subscription_data_set.at(0).sub_version, 1700000000000000001);
  EXPECT_EQ(beat.producer_data_set, (std::vector<ProducerData>{{"p"}}));
}

TEST(Heartbeat, may_lack_its_sets_or_have_them_as_null) {
  for (const auto* text :
       {R"({"clientID":"c"})", R"({"clientID":"c","consumerDataSet":null,"producerDataSet":null})",
        R"({"clientID":"c","consumerDataSet":[],"producerDataSet":[]})"}) {
    const auto beat = read(text);
    EXPECT_EQ(beat.client_id, "c");
    EXPECT_TRUE(beat.consumer_data_set.empty() && beat.producer_data_set.empty());
  }
  EXPECT_TRUE(read(R"({"consumerDataSet":[{"subscriptionDataSet":null}]})")
                  .consumer_data_set[0]
                  .subscription_data_set.empty());
}

TEST(Heartbeat, of_a_5x_client_has_more_than_is_known_here) {
  const auto beat =
      read(R"({"clientID":"c","consumerDataSet":[{"consumeType":"CONSUME_POP","groupName":"g"}],)"
           R"("heartbeatFingerprint":17,"producerDataSet":[],"withoutSub":false})");
  EXPECT_EQ(beat.consumer_data_set.at(0).consume_type, ConsumeType::pop);
}

TEST(Heartbeat, with_a_wrong_value_is_an_error_that_names_it) {
  std::string text = R"({"consumerDataSet":[{"groupName":"g"},{"messageModel":"SOMEHOW"}]})";
  HeartbeatData beat;
  EXPECT_EQ(
      read_json(text, beat).error().str(),
      "consumerDataSet[1].messageModel: expected BROADCASTING or CLUSTERING, found `SOMEHOW` (byte 55)");
}

TEST(Heartbeat, has_a_limit_of_elements) {
  std::string text = R"({"consumerDataSet":[{},{},{}]})";
  HeartbeatData beat;
  EXPECT_EQ(read_json(text, beat, {.elements = 2}).error().path, "consumerDataSet[2]");
}

auto any_subscription() {
  return rc::gen::build<SubscriptionData>(
      rc::gen::set(&SubscriptionData::class_filter_mode), rc::gen::set(&SubscriptionData::code_set),
      rc::gen::set(&SubscriptionData::expression_type), rc::gen::set(&SubscriptionData::sub_string),
      rc::gen::set(&SubscriptionData::sub_version), rc::gen::set(&SubscriptionData::tags_set),
      rc::gen::set(&SubscriptionData::topic));
}

auto any_consumer() {
  return rc::gen::build<ConsumerData>(
      rc::gen::set(&ConsumerData::consume_from_where,
                   rc::gen::element(ConsumeFromWhere::last_offset, ConsumeFromWhere::timestamp)),
      rc::gen::set(&ConsumerData::consume_type, rc::gen::element(ConsumeType::actively, ConsumeType::pop)),
      rc::gen::set(&ConsumerData::group_name),
      rc::gen::set(&ConsumerData::message_model,
                   rc::gen::element(MessageModel::broadcasting, MessageModel::clustering)),
      rc::gen::set(&ConsumerData::subscription_data_set,
                   rc::gen::container<std::vector<SubscriptionData>>(any_subscription())),
      rc::gen::set(&ConsumerData::unit_mode));
}

RC_GTEST_PROP(Heartbeat, is_read_as_it_was_written, (std::string client_id)) {
  HeartbeatData beat;
  beat.client_id = std::move(client_id);
  beat.consumer_data_set = *rc::gen::container<std::vector<ConsumerData>>(any_consumer());
  beat.producer_data_set = *rc::gen::container<std::vector<ProducerData>>(
      rc::gen::build<ProducerData>(rc::gen::set(&ProducerData::group_name)));
  RC_ASSERT(read(to_json(beat)) == beat);
}

}  // namespace
}  // namespace gantry::remoting
