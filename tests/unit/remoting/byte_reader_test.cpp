#include "remoting/byte_reader.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::string_view_literals;

TEST(ByteReader, reads_fields_one_after_the_other) {
  ByteReader reader(
      "\x07\x01\x02\x00\x00\x00\x03"
      "abc"
      "\x00\x00\x00\x00\x00\x00\x00\x09"sv);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.i16(), 0x0102);
  EXPECT_EQ(reader.bytes(reader.i32()), "abc");
  EXPECT_EQ(reader.remaining(), 8u);
  EXPECT_EQ(reader.i64(), 9);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, fails_for_good_at_the_first_read_that_does_not_fit) {
  ByteReader reader("\x00\x01\x02\x03\x04"sv);
  reader.i16();
  EXPECT_EQ(reader.i32(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.position(), 2u);
  EXPECT_EQ(reader.u8(), 0) << "a byte is left, but the fields no longer line up";
  EXPECT_EQ(reader.bytes(1), "");
  EXPECT_EQ(reader.position(), 2u);
}

TEST(ByteReader, refuses_lengths_that_are_negative_or_one_too_large) {
  for (const std::int64_t size :
       {std::int64_t{4}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(), std::int64_t{1} << 32}) {
    ByteReader reader("abc");
    EXPECT_EQ(reader.bytes(size), "") << size;
    EXPECT_FALSE(reader.ok()) << size;
  }
  ByteReader exact("abc");
  EXPECT_EQ(exact.bytes(3), "abc");
  EXPECT_TRUE(exact.ok());
}

TEST(ByteReader, takes_an_empty_input) {
  ByteReader reader({});
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.bytes(0), "");
  EXPECT_TRUE(reader.ok());
  reader.u8();
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace gantry::remoting
