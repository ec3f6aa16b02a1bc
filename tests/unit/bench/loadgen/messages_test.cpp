#include "bench/loadgen/messages.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

std::string field(const Command& command, std::string_view name) {
  const auto found = std::find_if(command.fields.begin(), command.fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == command.fields.end() ? "none" : found->second;
}

TEST(BenchMessage, has_an_id_of_32_characters_that_differs_from_sending_to_sending) {
  const Command command = send_command({}, 0, 3, 1);
  EXPECT_EQ(field(command, "e"), "3");
  const std::string properties = field(command, "i");
  const std::size_t at = properties.find('\x01') + 1;
  EXPECT_EQ(properties.find('\x02') - at, 32u);
  EXPECT_THAT(properties, testing::HasSubstr(std::string(Frame::kOpaqueMark)));
}

TEST(BenchMessage, has_a_body_that_is_the_same_every_time) {
  EXPECT_EQ(message_body(128), message_body(128));
  EXPECT_EQ(message_body(1).size(), 1u);
  EXPECT_EQ(send_command({.body_bytes = 100}, 0, 0, 1).body, message_body(100));
}

TEST(BenchMessage, comes_in_batches_whose_parts_say_their_own_length) {
  const Command command = send_command({.body_bytes = 10}, 0, 0, 3);
  EXPECT_EQ(command.code, 320);
  EXPECT_EQ(field(command, "m"), "true");
  EXPECT_EQ(command.body.size() % 3, 0u);
  const std::size_t one = command.body.size() / 3;
  EXPECT_EQ(static_cast<unsigned char>(command.body[3]), one);
  EXPECT_EQ(command.body.substr(one + 20, 10), message_body(10));
}

TEST(BenchRecord, is_read_as_it_was_made) {
  const std::string bytes = make_record({.queue = 7, .offset = 1LL << 40, .body = "the body"}, "topic");
  const std::string more = bytes + "more";
  const auto record = read_record(more);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->queue, 7);
  EXPECT_EQ(record->offset, 1LL << 40);
  EXPECT_EQ(record->body, "the body");
  EXPECT_EQ(record->size, bytes.size());
}

TEST(BenchRecord, is_none_when_it_is_cut_short_or_something_else) {
  std::string bytes = make_record({.queue = 7, .offset = 1, .body = "the body"}, "topic");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_record(std::string_view(bytes).substr(0, size)).has_value()) << size;
  bytes[4] = 'x';
  EXPECT_FALSE(read_record(bytes).has_value());
}

TEST(BenchRecord, is_none_when_its_body_is_longer_than_itself) {
  std::string bytes = make_record({.queue = 7, .offset = 1, .body = "the body"}, "topic");
  bytes[85] = 1;
  EXPECT_FALSE(read_record(bytes).has_value());
}

}  // namespace
}  // namespace gantry::bench
