#include "remoting/byte_order.h"

#include <limits>
#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

TEST(ByteOrder, puts_the_most_significant_byte_first) {
  std::string out;
  append_i16(out, 0x0102);
  append_i32(out, -626843481);
  append_i64(out, 0x0102030405060708);
  EXPECT_EQ(out, "\x01\x02\xda\xa3\x20\xa7\x01\x02\x03\x04\x05\x06\x07\x08");
}

TEST(ByteOrder, keeps_the_sign) {
  EXPECT_EQ(load_i16("\xff\xfe"), -2);
  EXPECT_EQ(load_i32("\xff\xff\xff\xfe"), -2);
  EXPECT_EQ(load_i64("\xff\xff\xff\xff\xff\xff\xff\xfe"), -2);
  EXPECT_EQ(load_i32("\x80\x00\x00\x00"), std::numeric_limits<std::int32_t>::min());
}

RC_GTEST_PROP(ByteOrder, loads_what_it_stored_at_any_address,
              (std::int16_t small, std::int32_t middle, std::int64_t large)) {
  char memory[1 + 2 + 4 + 8];
  store_i16(memory + 1, small);
  store_i32(memory + 3, middle);
  store_i64(memory + 7, large);
  RC_ASSERT(load_i16(memory + 1) == small);
  RC_ASSERT(load_i32(memory + 3) == middle);
  RC_ASSERT(load_i64(memory + 7) == large);
}

}  // namespace
}  // namespace gantry::remoting
