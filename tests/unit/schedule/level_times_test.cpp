#include "plugins/schedule/level_times.h"

#include "remoting/message_record.h"

#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

std::optional<std::int64_t> due(std::string_view topic, std::int32_t queue) {
  const remoting::MessageRecord record{
      .queue_id = queue, .store_timestamp = 1'600'000'000'123, .body = "x", .topic = topic};
  std::string bytes(remoting::encoded_size(record).value().total(), '\0');
  remoting::encode_to(bytes, record).value();
  return LevelTimes(DelayLevels::parse("1s 5s 10s").value()).due(remoting::decode_record(bytes).record);
}

TEST(LevelTimes, are_the_store_time_and_the_delay_of_the_queues_level) {
  EXPECT_EQ(due(kScheduleTopic, 2), 1'600'000'010'123);
  EXPECT_EQ(due(kScheduleTopic, 17), 1'600'000'010'123);
  EXPECT_EQ(due(kScheduleTopic, std::numeric_limits<std::int32_t>::max()), 1'600'000'010'123);
}

TEST(LevelTimes, have_nothing_to_say_of_messages_that_do_not_wait) {
  EXPECT_EQ(due("T", 2), std::nullopt);
  EXPECT_EQ(due(kScheduleTopic, -1), std::nullopt);
}

}  // namespace
}  // namespace gantry::schedule
