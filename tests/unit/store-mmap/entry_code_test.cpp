#include "plugins/store-mmap/entry_code.h"

#include "plugins/store-mmap/queue_entry.h"
#include "remoting/message_record.h"
#include "remoting/tag_hash.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::int64_t kStored = 1'600'000'000'123;

std::int64_t code_of(std::string_view topic, std::string_view properties,
                     const api::DueTimes* times = nullptr) {
  const remoting::MessageRecord record{
      .store_timestamp = kStored, .body = "x", .topic = topic, .properties = properties};
  std::string bytes(remoting::encoded_size(record).value().total(), '\0');
  remoting::encode_to(bytes, record).value();
  EntryCode code;
  code.ask(times);
  return code(remoting::decode_record(bytes).record);
}

// Waits twice as long as it is numbered.
struct TwiceTheLevel final : api::DueTimes {
  std::optional<std::int64_t> due(const remoting::MessageRecordView& message) const override {
    if (message.topic() != EntryCode::kScheduleTopic) return std::nullopt;
    return message.store_timestamp() + 2000 * (message.queue_id() + 1);
  }
};

TEST(EntryCode, is_the_hash_of_the_tag) {
  EXPECT_EQ(code_of("T",
                    "TAGS\x01"
                    "a\x02"
                    "DELAY\x01"
                    "3"),
            remoting::java_string_hash("a"));
  EXPECT_EQ(code_of("T", ""), 0);
}

TEST(EntryCode, is_when_a_waiting_message_is_due_with_apaches_levels_when_nobody_knows_others) {
  EXPECT_EQ(code_of(EntryCode::kScheduleTopic,
                    "DELAY\x01"
                    "3"),
            kStored + 10'000);
  EXPECT_EQ(code_of(EntryCode::kScheduleTopic,
                    "DELAY\x01"
                    "18"),
            kStored + 7'200'000);
  EXPECT_EQ(code_of(EntryCode::kScheduleTopic,
                    "DELAY\x01"
                    "99"),
            kStored + 7'200'000);
  EXPECT_EQ(code_of(EntryCode::kScheduleTopic,
                    "TAGS\x01"
                    "a"),
            remoting::java_string_hash("a"));
}

TEST(EntryCode, is_what_the_one_who_delays_messages_says) {
  const TwiceTheLevel times;
  EXPECT_EQ(code_of(EntryCode::kScheduleTopic,
                    "DELAY\x01"
                    "3",
                    &times),
            kStored + 2000);
  EXPECT_EQ(code_of("T",
                    "TAGS\x01"
                    "a",
                    &times),
            remoting::java_string_hash("a"));
}

// Written as messages come, and made again from the log when the queue is gone: to the millisecond the same.
TEST(EntryCode, is_the_same_in_a_queue_that_is_made_again) {
  const TwiceTheLevel times;
  OpenedStore opened;
  opened.close();
  opened.due_times = &times;
  opened.open();
  const std::string topic(EntryCode::kScheduleTopic);
  std::vector<std::int64_t> due;
  for (const auto delay : {2000ms, 2000ms, 2000ms}) {
    const auto told = opened.append({{.topic = topic,
                                      .body = "x",
                                      .properties = "DELAY\x01"
                                                    "1",
                                      .delay = delay}});
    due.push_back(told->outcomes.front().stored_at + delay.count());
    opened.let_time_pass(7ms);
  }
  const std::string file = "data/store/consumequeue/" + topic + "/0/00000000000000000000";
  const auto codes = [&] {
    const std::string bytes = opened.disk.text(file);
    std::vector<std::int64_t> found;
    for (std::size_t i = 0; i < due.size(); ++i)
      found.push_back(QueueEntry::decode(bytes.data() + i * QueueEntry::kSize).tags_code);
    return found;
  };
  opened.close();
  EXPECT_EQ(codes(), due);
  opened.disk.remove(file).value();
  opened.open();
  opened.close();
  EXPECT_EQ(codes(), due);
}

}  // namespace
}  // namespace gantry::store
