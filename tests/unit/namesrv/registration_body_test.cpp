#include "namesrv/registration_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using testing::HasSubstr;

constexpr std::string_view kJson =
    R"({"filterServerList":["f:1"],"topicConfigSerializeWrapper":{"dataVersion":{"counter":3,"timestamp":17},)"
    R"("topicConfigTable":{"orders":{"order":false,"perm":6,"readQueueNums":8,"topicFilterType":"SINGLE_TAG",)"
    R"("topicName":"orders","topicSysFlag":1,"writeQueueNums":4}}}})";

void expect_orders(const RegistrationBody& body, std::int32_t sys_flag) {
  EXPECT_EQ(body.version.counter, 3);
  EXPECT_EQ(body.version.timestamp, 17);
  ASSERT_EQ(body.topics.size(), 1u);
  EXPECT_EQ(body.topics[0].topic, "orders");
  EXPECT_EQ(body.topics[0].queues, (QueueSettings{8, 4, 6, sys_flag}));
}

TEST(RegistrationBody, has_the_form_that_the_broker_s_version_and_header_say) {
  EXPECT_EQ(body_form(409, false), BodyForm::json);
  EXPECT_EQ(body_form(37, false), BodyForm::json);
  EXPECT_EQ(body_form(409, true), BodyForm::deflated);
  EXPECT_EQ(body_form(36, false), BodyForm::topics_only);
  EXPECT_EQ(body_form(36, true), BodyForm::topics_only);
}

TEST(RegistrationBody, is_read_as_json) {
  const auto body = read_registration_body(kJson, BodyForm::json).value();
  expect_orders(body.get(), 1);
  ASSERT_TRUE(body.get().filter_servers.has_value());
  EXPECT_THAT(*body.get().filter_servers, testing::ElementsAre("f:1"));
}

TEST(RegistrationBody, is_read_deflated_where_flags_do_not_travel) {
  remoting::RegisterBrokerBody said;
  std::string text(kJson);
  ASSERT_TRUE(remoting::read_json(text, said));
  const auto body =
      read_registration_body(remoting::deflate_register_broker(said), BodyForm::deflated).value();
  expect_orders(body.get(), 0);
  EXPECT_THAT(*body.get().filter_servers, testing::ElementsAre("f:1"));
}

TEST(RegistrationBody, of_an_old_broker_is_its_topics_alone_and_keeps_filter_servers) {
  const auto body =
      read_registration_body(
          R"({"dataVersion":{"counter":3,"timestamp":17},"topicConfigTable":{"orders":{"perm":6,)"
          R"("readQueueNums":8,"topicName":"orders","topicSysFlag":1,"writeQueueNums":4}}})",
          BodyForm::topics_only)
          .value();
  expect_orders(body.get(), 1);
  EXPECT_FALSE(body.get().filter_servers.has_value());
}

TEST(RegistrationBody, that_is_missing_means_no_topics_and_version_zero) {
  const auto body = read_registration_body("", BodyForm::json).value();
  EXPECT_EQ(body.get().version, DataVersion{});
  EXPECT_TRUE(body.get().topics.empty());
  ASSERT_TRUE(body.get().filter_servers.has_value());
  EXPECT_TRUE(body.get().filter_servers->empty());
}

TEST(RegistrationBody, a_null_list_keeps_filter_servers_and_a_missing_or_empty_one_does_not) {
  const auto keeps = [](std::string_view text) {
    return !read_registration_body(text, BodyForm::json).value().get().filter_servers.has_value();
  };
  EXPECT_TRUE(keeps(R"({"filterServerList":null})"));
  EXPECT_TRUE(
      keeps(R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"a":{}}},"filterServerList" : null})"));
  EXPECT_FALSE(keeps(R"({"filterServerList":[]})"));
  EXPECT_FALSE(keeps("{}"));
}

TEST(RegistrationBody, a_topic_without_name_has_that_of_its_key) {
  const auto body =
      read_registration_body(R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"orders":{"perm":4}}}})",
                             BodyForm::json)
          .value();
  ASSERT_EQ(body.get().topics.size(), 1u);
  EXPECT_EQ(body.get().topics[0].topic, "orders");
  EXPECT_EQ(body.get().topics[0].queues, (QueueSettings{16, 16, 4, 0}));
}

TEST(RegistrationBody, topics_with_impossible_names_are_left_out_and_counted) {
  const auto body =
      read_registration_body(
          R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"a\nb":{},"orders":{},"":{}}}})",
          BodyForm::json)
          .value();
  ASSERT_EQ(body.get().topics.size(), 1u);
  EXPECT_EQ(body.topics_refused(), 2u);
  EXPECT_THAT(body.why_refused(), HasSubstr("topicName is \"\""));
}

TEST(RegistrationBody, that_makes_no_sense_is_an_error_that_names_the_place) {
  EXPECT_THAT(
      read_registration_body(
          R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"orders":{"perm":"six"}}}})", BodyForm::json)
          .error()
          .text,
      HasSubstr("topicConfigTable.orders.perm"));
  EXPECT_THAT(read_registration_body("garbage", BodyForm::deflated).error().text, HasSubstr("zlib"));
  EXPECT_FALSE(read_registration_body("garbage", BodyForm::json));
}

TEST(RegistrationBody, deflated_may_not_grow_past_its_limit) {
  remoting::RegisterBrokerBody said;
  for (int i = 0; i < 1000; ++i) {
    said.topic_config_serialize_wrapper.topic_config_table["topic" + std::to_string(i)] = {};
  }
  const std::string deflated = remoting::deflate_register_broker(said);
  EXPECT_TRUE(read_registration_body(deflated, BodyForm::deflated));
  EXPECT_FALSE(read_registration_body(deflated, BodyForm::deflated, ByteSize::kib(1)));
}

TEST(RegistrationBody, prints_of_equal_bytes_are_equal_and_of_others_are_not) {
  EXPECT_EQ(fingerprint("abc", BodyForm::json), fingerprint("abc", BodyForm::json));
  EXPECT_NE(fingerprint("abc", BodyForm::json), fingerprint("abd", BodyForm::json));
  EXPECT_NE(fingerprint("abc", BodyForm::json), fingerprint("abc", BodyForm::topics_only));
  EXPECT_NE(fingerprint("", BodyForm::json), BodyFingerprint{});
}

}  // namespace
}  // namespace gantry::namesrv
