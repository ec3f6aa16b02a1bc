#include "remoting/bodies/message_queue.h"

#include "remoting/bodies/reset_offset.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(MessageQueue, is_ordered_by_topic_then_broker_then_number) {
  std::vector<MessageQueue> queues{{"b", "a", 0}, {"a", "b", 1}, {"a", "b", 0}, {"a", "a", 9}};
  std::sort(queues.begin(), queues.end());
  EXPECT_EQ(queues, (std::vector<MessageQueue>{{"a", "a", 9}, {"a", "b", 0}, {"a", "b", 1}, {"b", "a", 0}}));
}

TEST(MessageQueue, is_found_by_hash) {
  std::unordered_map<MessageQueue, int> offsets{{{"t", "b", 0}, 1}, {{"t", "b", -1}, 2}};
  EXPECT_EQ(offsets.at({"t", "b", -1}), 2);
  EXPECT_EQ(offsets.count({"t", "c", 0}), 0u);
}

TEST(MessageQueue, is_a_key_in_every_form_that_clients_send) {
  for (std::string text :
       {R"({"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:8}})",
        R"({"offsetTable":{{"topic":"t","queueId":"0","brokerName":"b"}:"8"}})",
        R"({"offsetTable":{{topic:'t',queueId:0,brokerName:'b'}:8}})",
        R"({"offsetTable":{"{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"\u0074\"}":8}})"}) {
    ResetOffsetBody body;
    const auto whole = text;
    ASSERT_TRUE(read_json(text, body).has_value()) << whole;
    EXPECT_EQ(to_json(body), R"({"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:8}})");
  }
}

}  // namespace
}  // namespace gantry::remoting
