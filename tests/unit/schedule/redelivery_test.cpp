#include "plugins/schedule/redelivery.h"

#include "remoting/message_record.h"
#include "remoting/tag_hash.h"
#include "tests/unit/schedule/waiting_message.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

class Stored {
 public:
  explicit Stored(const remoting::MessageRecord& record)
      : bytes_(remoting::encoded_size(record).value().total(), '\0') {
    remoting::encode_to(bytes_, record).value();
  }
  remoting::MessageRecordView view() const { return remoting::decode_record(bytes_).record; }

 private:
  std::string bytes_;
};

Stored stored(WaitingMessage message) {
  return Stored(message.record());
}

std::string why_not(const remoting::MessageRecord& record) {
  const Stored waiting(record);
  api::Draft draft;
  return redeliver(waiting.view(), draft).value_or("");
}

TEST(Redelivery, is_the_message_that_waited_in_the_queue_that_it_was_sent_to) {
  const Stored waiting =
      stored({.body = "x", .level = 3, .topic = "Orders", .queue = 4, .more_properties = "TAGS\x01red"});
  api::Draft draft;
  ASSERT_EQ(redeliver(waiting.view(), draft), std::nullopt);
  EXPECT_EQ(draft.record.topic, "Orders");
  EXPECT_EQ(draft.record.queue_id, 4);
  EXPECT_EQ(draft.record.body, "x");
  EXPECT_EQ(draft.record.properties,
            "DELAY\x01"
            "3\x02TAGS\x01red\x02REAL_TOPIC\x01Orders\x02REAL_QID\x01"
            "4");
  EXPECT_EQ(draft.record.flag, 7);
  EXPECT_EQ(draft.record.born_timestamp, 1234);
  EXPECT_EQ(draft.record.born_host.str(), "192.0.2.7:4711");
  EXPECT_EQ(draft.record.store_host.str(), "192.0.2.2:10911");
  EXPECT_EQ(draft.record.reconsume_times, 2);
  EXPECT_EQ(draft.record.prepared_transaction_offset, 0);
  EXPECT_EQ(draft.tags_code, remoting::java_string_hash("red"));
  EXPECT_EQ(draft.delay, std::nullopt);
}

TEST(Redelivery, keeps_the_flags_and_leaves_out_where_the_half_message_was) {
  WaitingMessage message;
  auto record = message.record();
  record.sys_flag = remoting::SysFlag(remoting::SysFlag::kCompressed | 0x8);
  record.prepared_transaction_offset = 77;
  const Stored waiting(record);
  api::Draft draft;
  ASSERT_EQ(redeliver(waiting.view(), draft), std::nullopt);
  EXPECT_EQ(draft.record.sys_flag.bits(), remoting::SysFlag::kCompressed | 0x8);
  EXPECT_EQ(draft.record.prepared_transaction_offset, 0);
}

TEST(Redelivery, goes_nowhere_without_a_topic_and_a_queue_that_can_be) {
  const auto with = [](std::string_view properties) {
    return why_not({.body = "x", .topic = kScheduleTopic, .properties = properties});
  };
  EXPECT_EQ(with(""), "it has no property REAL_TOPIC, and a topic's name would be right");
  EXPECT_EQ(with("REAL_TOPIC\x01../etc\x02REAL_QID\x01"
                 "0"),
            "its property REAL_TOPIC is \"../etc\", and a topic's name would be right");
  EXPECT_EQ(with("REAL_TOPIC\x01T"), "it has no property REAL_QID, and a queue's number would be right");
  EXPECT_EQ(with("REAL_TOPIC\x01T\x02REAL_QID\x01-1"),
            "its property REAL_QID is \"-1\", and a queue's number would be right");
  EXPECT_NE(with("REAL_TOPIC\x01T\x02REAL_QID\x01"
                 "1x"),
            "");
}

TEST(Redelivery, goes_neither_to_half_messages_nor_round_in_a_circle) {
  for (const auto topic : {kHalfTopic, kScheduleTopic}) {
    WaitingMessage message{.topic = std::string(topic)};
    EXPECT_EQ(why_not(message.record()),
              "its property REAL_TOPIC is \"" + std::string(topic) + "\", where no message comes by waiting");
  }
}

TEST(Redelivery, is_known_again_by_all_that_it_has_of_the_message_that_waited) {
  WaitingMessage message{.body = "x", .more_properties = "UNIQ_KEY\x01u1"};
  const Stored waiting(message.record());
  api::Draft draft;
  ASSERT_EQ(redeliver(waiting.view(), draft), std::nullopt);
  const auto same = [&](auto change) {
    auto record = draft.record;
    change(record);
    return is_redelivery_of(Stored(record).view(), waiting.view());
  };
  EXPECT_TRUE(same([](auto& r) { r.store_timestamp = 99, r.queue_offset = 3, r.physical_offset = 4; }));
  EXPECT_FALSE(same([](auto& r) { r.body = "y"; }));
  EXPECT_FALSE(same([](auto& r) { r.topic = "U"; }));
  EXPECT_FALSE(same([](auto& r) { r.queue_id = 1; }));
  EXPECT_FALSE(same([](auto& r) { r.flag = 8; }));
  EXPECT_FALSE(same([](auto& r) { r.born_timestamp = 1; }));
  EXPECT_FALSE(same([](auto& r) { r.born_host = {}; }));
  EXPECT_FALSE(same([](auto& r) { r.reconsume_times = 1; }));
  EXPECT_FALSE(same([](auto& r) { r.sys_flag = remoting::SysFlag(1); }));
  EXPECT_FALSE(same([](auto& r) { r.properties = "UNIQ_KEY\x01u2"; }));
}

}  // namespace
}  // namespace gantry::schedule
