#include "remoting/message_batch.h"

#include "remoting/byte_order.h"
#include "tests/unit/remoting/hex.h"

#include <rapidcheck.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

using Defect = BatchError::Defect;

std::string two_items() {
  return from_hex(R"(
    00000023 00000000 00000000 00000007 00000005 68656c6c6f 0008 5441475301546167
    00000018 00000000 00000000 ffffffff 00000002 6869 0000)");
}

std::string why(std::string_view batch) {
  BatchWalker walker(batch);
  while (walker.next()) {
  }
  EXPECT_FALSE(walker.next()) << "it stops for good";
  return walker.error() ? walker.error()->str() : "";
}

TEST(MessageBatch, is_encoded_byte_for_byte_as_clients_do) {
  std::string batch;
  ASSERT_TRUE(append_batch_item(batch, {.flag = 7, .body = "hello", .properties = "TAGS\1Tag"}));
  ASSERT_TRUE(append_batch_item(batch, {.flag = -1, .body = "hi"}));
  EXPECT_EQ(batch, two_items());
}

TEST(MessageBatch, is_walked_in_place) {
  const std::string batch = two_items();
  BatchWalker walker(batch);
  const auto first = walker.next();
  EXPECT_EQ(first, (BatchItem{.flag = 7, .body = "hello", .properties = "TAGS\1Tag"}));
  EXPECT_EQ(first->body.data(), batch.data() + 20);
  EXPECT_EQ(walker.next(), (BatchItem{.flag = -1, .body = "hi"}));
  EXPECT_EQ(walker.next(), std::nullopt);
  EXPECT_FALSE(walker.error());
}

TEST(MessageBatch, of_nothing_has_no_items_and_no_error) {
  BatchWalker walker({});
  EXPECT_EQ(walker.next(), std::nullopt);
  EXPECT_FALSE(walker.error());
}

TEST(MessageBatch, may_hold_anything_where_records_have_magic_and_crc) {
  std::string batch = two_items();
  store_i64(batch.data() + 4, -1);
  EXPECT_EQ(why(batch), "");
}

TEST(MessageBatch, is_an_error_wherever_it_is_cut_inside_an_item) {
  const std::string whole = two_items();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    BatchWalker walker({cut.data(), cut.size()});
    int items = 0;
    while (walker.next()) ++items;
    EXPECT_EQ(items, size >= 35 ? 1 : 0) << size;
    EXPECT_EQ(walker.error().has_value(), size != 35) << size;
  }
}

TEST(MessageBatch, says_what_is_wrong_and_where) {
  std::string batch = two_items();
  const auto with_i32 = [&](std::size_t at, std::int32_t value) {
    std::string changed = batch;
    store_i32(changed.data() + at, value);
    return why(changed);
  };
  EXPECT_EQ(with_i32(35, 25), "batch: item of size 25 at byte 35: only 24 bytes are there");
  EXPECT_EQ(with_i32(35, 23), "batch: body length 2 at byte 51: 0 to 1 would fit");
  EXPECT_EQ(with_i32(35, 21), "batch: item size 21 at byte 35: its parts add up to 22");
  EXPECT_EQ(with_i32(35, -1), "batch: item size -1 at byte 35: its parts add up to 22");
  EXPECT_EQ(with_i32(51, 3), "batch: body length 3 at byte 51: 0 to 2 would fit");
  EXPECT_EQ(with_i32(51, -1), "batch: body length -1 at byte 51: 0 to 2 would fit");
  EXPECT_EQ(with_i32(16, 4), "batch: properties length 28416 at byte 24: 0 to 9 would fit");
  batch[26] = 7;
  EXPECT_EQ(why(batch), "batch: item size 35 at byte 0: its parts add up to 34");
  store_i16(batch.data() + 25, -1);
  EXPECT_EQ(why(batch), "batch: properties length -1 at byte 25: 0 to 8 would fit");
  EXPECT_EQ(why(two_items() + "x"), "batch: item of size 22 at byte 59: only 1 bytes are there");
}

TEST(MessageBatch, refuses_an_item_one_byte_past_its_limits_and_stays_as_it_was) {
  const std::string properties(32768, 'p');
  std::string batch = "before";
  const auto refused = append_batch_item(batch, {.properties = properties});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().str(), "batch: properties length 32768: at most 32767");
  // Never read: only its size counts here.
  const std::string_view huge("", (std::size_t{1} << 31) - 22);
  EXPECT_EQ(append_batch_item(batch, {.body = huge}).error().str(),
            "batch: item size 2147483648: at most 2147483647");
  EXPECT_EQ(batch, "before");
  EXPECT_TRUE(append_batch_item(batch, {.properties = std::string_view(properties).substr(1)}));
}

RC_GTEST_PROP(MessageBatch, is_read_back_as_it_was_encoded, ()) {
  struct Owned {
    std::int32_t flag;
    std::string body, properties;
  };
  std::vector<Owned> items;
  std::string batch;
  for (auto& [flag, body, properties] :
       *rc::gen::arbitrary<std::vector<std::tuple<std::int32_t, std::string, std::string>>>()) {
    items.push_back({flag, body, properties});
    RC_ASSERT(append_batch_item(batch, {flag, body, properties}).has_value());
  }
  BatchWalker walker(batch);
  for (const Owned& item : items)
    RC_ASSERT(walker.next() == BatchItem({item.flag, item.body, item.properties}));
  RC_ASSERT(walker.next() == std::nullopt);
  RC_ASSERT(!walker.error());
}

RC_GTEST_PROP(MessageBatch, survives_flipped_bits, ()) {
  const std::string whole = two_items();
  std::vector<char> bytes(whole.begin(), whole.end());
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  BatchWalker walker({bytes.data(), bytes.size()});
  std::size_t walked = 0;
  while (const auto item = walker.next()) walked += 22 + item->body.size() + item->properties.size();
  if (walker.error())
    RC_ASSERT(walker.error()->at < bytes.size());
  else
    RC_ASSERT(walked == bytes.size());
}

}  // namespace
}  // namespace gantry::remoting
