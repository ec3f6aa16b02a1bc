#include "plugins/schedule/delay_stage.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using remoting::TransactionType;

class DelayStageTest : public testing::Test {
 protected:
  api::Draft& process(std::string properties, std::string more =
                                                  "CLUSTER\x01"
                                                  "c") {
    properties_ = std::move(properties);
    more_ = std::move(more);
    draft_.record.topic = "T";
    draft_.record.queue_id = 5;
    draft_.record.properties = properties_;
    draft_.record.more_properties = more_;
    stage_.process({&draft_, 1});
    return draft_;
  }
  std::string property(std::string_view name) const {
    std::string all(remoting::joined_size(draft_.record.properties, draft_.record.more_properties), '\0');
    remoting::join_to(all.data(), draft_.record.properties, draft_.record.more_properties);
    return std::string(remoting::find_property(all, name).value_or("none"));
  }
  bool waits() const { return draft_.delay.has_value() && draft_.record.topic == kScheduleTopic; }
  bool as_it_came() const {
    return !draft_.delay && !draft_.refused() && draft_.record.topic == "T" && draft_.record.queue_id == 5 &&
           draft_.record.properties == properties_ && draft_.record.more_properties == more_;
  }

  api::Counter delayed_;
  api::Draft draft_;

 private:
  DelayStage stage_{DelayLevels::parse("1s 5s 10s").value(), delayed_};
  std::string properties_, more_;
};

TEST_F(DelayStageTest, turns_a_message_with_a_level_to_the_schedules_topic) {
  process(
      "KEYS\x01k\x02"
      "DELAY\x01"
      "2\x02TAGS\x01"
      "a");
  EXPECT_TRUE(waits());
  EXPECT_EQ(draft_.record.queue_id, 1);
  EXPECT_EQ(draft_.delay, 5s);
  EXPECT_EQ(property("REAL_TOPIC"), "T");
  EXPECT_EQ(property("REAL_QID"), "5");
  EXPECT_EQ(property("CLUSTER"), "c");
  EXPECT_EQ(property("DELAY"), "2");
  EXPECT_EQ(property("TAGS"), "a");
  EXPECT_EQ(delayed_.value(), 1u);
}

TEST_F(DelayStageTest, leaves_a_message_without_a_level_as_it_is) {
  for (const char* properties : {"",
                                 "TAGS\x01"
                                 "a",
                                 "DELAY\x01"
                                 "0",
                                 "DELAY\x01-1",
                                 "XDELAY\x01"
                                 "3",
                                 "TEXT\x01"
                                 "DELAY",
                                 "DELAY"}) {
    draft_ = {};
    process(properties);
    EXPECT_TRUE(as_it_came()) << properties;
  }
  EXPECT_EQ(delayed_.value(), 0u);
}

TEST_F(DelayStageTest, takes_a_level_above_the_highest_for_that_and_stores_it_so) {
  process(
      "DELAY\x01"
      "99\x02TAGS\x01"
      "a");
  EXPECT_TRUE(waits());
  EXPECT_EQ(draft_.record.queue_id, 2);
  EXPECT_EQ(draft_.delay, 10s);
  EXPECT_EQ(property("DELAY"), "3");
  EXPECT_EQ(property("TAGS"), "a");
}

TEST_F(DelayStageTest, finds_a_level_that_the_broker_has_added) {
  process(
      "DELAY\x01"
      "1\x02",
      "DELAY\x01"
      "3\x02"
      "CLUSTER\x01"
      "c");
  EXPECT_EQ(draft_.record.queue_id, 2);
  EXPECT_EQ(property("DELAY"), "3");
  draft_ = {};
  process("",
          "DELAY\x01"
          "4");
  EXPECT_EQ(draft_.record.queue_id, 2);
  EXPECT_EQ(property("DELAY"), "3");
}

TEST_F(DelayStageTest, delays_what_comes_out_of_a_transaction_and_nothing_that_is_in_one) {
  const auto waits_with = [&](TransactionType type) {
    draft_ = {};
    draft_.record.sys_flag = remoting::SysFlag(static_cast<std::int32_t>(type));
    process(
        "DELAY\x01"
        "1");
    return waits();
  };
  EXPECT_TRUE(waits_with(TransactionType::none));
  EXPECT_TRUE(waits_with(TransactionType::commit));
  EXPECT_FALSE(waits_with(TransactionType::prepared));
  EXPECT_FALSE(waits_with(TransactionType::rollback));
}

TEST_F(DelayStageTest, leaves_messages_alone_that_another_stage_has_turned_to_a_topic_of_the_broker) {
  for (const auto topic : {kHalfTopic, kScheduleTopic}) {
    api::Draft draft;
    draft.record.topic = topic;
    draft.record.properties =
        "DELAY\x01"
        "1";
    DelayStage stage(DelayLevels::parse("1s").value(), delayed_);
    stage.process({&draft, 1});
    EXPECT_FALSE(draft.delay);
    EXPECT_EQ(draft.record.topic, topic);
  }
}

TEST_F(DelayStageTest, refuses_a_level_that_is_no_number_with_what_would_be_right) {
  for (const char* level : {"two", "1.5", "3x", " 3", "99999999999"}) {
    draft_ = {};
    process("DELAY\x01" + std::string(level));
    ASSERT_TRUE(draft_.refused()) << level;
    EXPECT_EQ(draft_.refused()->code, remoting::ResponseCode::message_illegal);
    EXPECT_EQ(draft_.refused()->text,
              "property DELAY is \"" + std::string(level) +
                  "\": a delay level is a whole number, 1 to 3 here, and 0 is no delay");
  }
  draft_ = {};
  process("DELAY\x01+2");
  EXPECT_EQ(draft_.record.queue_id, 1);
}

// As after a retry: the consumer sends back what it got, properties and all.
TEST_F(DelayStageTest, does_not_make_a_message_longer_each_time_it_waits) {
  process(
      "TAGS\x01"
      "a\x02"
      "DELAY\x01"
      "1\x02REAL_TOPIC\x01Old\x02REAL_QID\x01"
      "9\x02");
  EXPECT_TRUE(waits());
  EXPECT_EQ(draft_.record.properties,
            "TAGS\x01"
            "a\x02"
            "DELAY\x01"
            "1\x02");
  EXPECT_EQ(property("REAL_TOPIC"), "T");
  EXPECT_EQ(property("REAL_QID"), "5");
}

TEST_F(DelayStageTest, sees_each_message_of_a_burst_for_itself) {
  std::array<api::Draft, 3> drafts;
  for (auto& draft : drafts) draft.record.topic = "T";
  drafts[0].record.properties =
      "DELAY\x01"
      "1";
  drafts[2].record.properties =
      "DELAY\x01"
      "x";
  DelayStage stage(DelayLevels::parse("1s").value(), delayed_);
  stage.process(drafts);
  EXPECT_TRUE(drafts[0].delay);
  EXPECT_FALSE(drafts[1].delay || drafts[1].refused());
  EXPECT_TRUE(drafts[2].refused());
  EXPECT_EQ(stage.phase(), api::AppendPhase::route);
}

}  // namespace
}  // namespace gantry::schedule
