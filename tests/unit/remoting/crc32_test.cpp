#include "remoting/crc32.h"

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(Crc32, is_that_of_zlib) {
  EXPECT_EQ(crc32("123456789"), 3421780262u);
  EXPECT_EQ(crc32("hello"), 907060870u);
}

TEST(Crc32, has_no_sign_in_the_protocol) {
  EXPECT_EQ(masked_crc32("hello"), 907060870);
  EXPECT_EQ(masked_crc32("123456789"), 1274296614);
}

TEST(Crc32, of_nothing_is_zero) {
  EXPECT_EQ(crc32({}), 0u);
  EXPECT_EQ(crc32(""), 0u);
}

}  // namespace
}  // namespace gantry::remoting
