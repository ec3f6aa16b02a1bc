#include "kernel/offset_row.h"

#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;
using Moved = OffsetRow::Moved;

TEST(OffsetRow, moves_forward_and_says_when_it_would_go_back) {
  OffsetRow row;
  EXPECT_EQ(row.advance(3, 10), Moved::forward);
  EXPECT_EQ(row.advance(0, 5), Moved::forward);
  EXPECT_EQ(row.advance(3, 9), Moved::back);
  EXPECT_EQ(row.advance(3, 10), Moved::nowhere);
  EXPECT_EQ(row.queues, (std::vector<std::pair<std::int32_t, std::int64_t>>{{0, 5}, {3, 10}}));
  EXPECT_EQ(row.find(1), nullptr);
  EXPECT_EQ(*row.find(3), 10);
}

TEST(OffsetRow, of_two_the_later_generation_is_right_whatever_it_says) {
  OffsetRow row{.generation = 1, .queues = {{0, 100}, {1, 100}}};
  row.merge({.generation = 2, .queues = {{0, 5}}});
  EXPECT_EQ(row, (OffsetRow{.generation = 2, .queues = {{0, 5}}}));
  row.merge({.generation = 1, .queues = {{0, 100}}});
  EXPECT_EQ(row, (OffsetRow{.generation = 2, .queues = {{0, 5}}}));
}

TEST(OffsetRow, of_one_generation_each_queue_has_its_higher_offset) {
  OffsetRow row{.generation = 1, .queues = {{0, 100}, {1, 7}}};
  row.merge({.generation = 1, .queues = {{0, 99}, {1, 8}, {2, 1}}});
  EXPECT_EQ(row, (OffsetRow{.generation = 1, .queues = {{0, 100}, {1, 8}, {2, 1}}}));
}

TEST(OffsetRow, has_the_bytes_that_are_on_disk_since_the_first_version) {
  std::string bytes;
  append_offset_row(bytes, {.generation = 1, .queues = {{0, 127}, {2, 128}, {300, 0}}});
  EXPECT_EQ(bytes, std::string("\x01"
                               "\x00\x7f"
                               "\x02\x80\x01"
                               "\xaa\x02\x00",
                               9));
}

RC_GTEST_PROP(OffsetRow, reads_back_what_it_wrote, ()) {
  OffsetRow row{.generation = *rc::gen::arbitrary<std::uint64_t>()};
  for (const auto& [queue, offset] : *rc::gen::arbitrary<std::map<std::int32_t, std::int64_t>>())
    if (queue >= 0) row.set(queue, offset & std::numeric_limits<std::int64_t>::max());
  std::string bytes;
  append_offset_row(bytes, row);
  RC_ASSERT(read_offset_row("g@t", bytes).value() == row);
}

RC_GTEST_PROP(OffsetRow, takes_any_bytes_for_a_row_or_refuses_them, (const std::string& bytes)) {
  const auto row = read_offset_row("g@t", bytes);
  if (!row) return;
  for (std::size_t i = 0; i < row->queues.size(); ++i) {
    RC_ASSERT(row->queues[i].first >= 0 && row->queues[i].second >= 0);
    if (i > 0) RC_ASSERT(row->queues[i - 1].first < row->queues[i].first);
  }
}

TEST(OffsetRow, refuses_bytes_that_end_early_or_go_too_far) {
  const auto why = [](std::string_view bytes) { return read_offset_row("g@t", bytes).error().text; };
  EXPECT_THAT(why(""), HasSubstr("no generation"));
  EXPECT_THAT(why(std::string_view("\0\x01", 2)), HasSubstr("end within a number"));
  EXPECT_THAT(why(std::string_view("\0\x01\x01\0\x01", 5)), HasSubstr("a queue comes twice"));
  EXPECT_THAT(why(std::string_view("\0\xff\xff\xff\xff\x08\0", 7)), HasSubstr("number is too large"));
  EXPECT_THAT(why(std::string_view("\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12)),
              HasSubstr("offset is too large"));
}

TEST(OffsetKey, is_split_at_the_sign_that_no_name_holds) {
  const std::string key = offset_key("orders", "%RETRY%orders");
  const auto split = split_offset_key(key);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->group, "orders");
  EXPECT_EQ(split->topic, "%RETRY%orders");
  for (const char* wrong : {"", "orders", "@topic", "group@", "a@b@c", "a b@c"})
    EXPECT_FALSE(split_offset_key(wrong)) << wrong;
}

}  // namespace
}  // namespace gantry::kernel
