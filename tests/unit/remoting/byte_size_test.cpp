#include "remoting/byte_size.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry {
namespace {

TEST(ByteSizeText, reads_binary_units_with_or_without_a_space) {
  EXPECT_EQ(ByteSize::parse("4096"), ByteSize(4096));
  EXPECT_EQ(ByteSize::parse("64KiB"), ByteSize::kib(64));
  EXPECT_EQ(ByteSize::parse("16 MiB"), ByteSize::mib(16));
  EXPECT_EQ(ByteSize::parse("2TiB"), ByteSize(std::uint64_t{2} << 40));
}

TEST(ByteSizeText, refuses_what_could_be_misread) {
  for (const auto* text : {"", "MiB", "1MB", "1 000", "-1", "1.5GiB", "1GiB ", "99999999999TiB"})
    EXPECT_EQ(ByteSize::parse(text), std::nullopt) << text;
}

RC_GTEST_PROP(ByteSizeText, is_read_back_as_it_was_written, (std::uint64_t bytes)) {
  RC_ASSERT(ByteSize::parse(ByteSize(bytes).str()) == ByteSize(bytes));
}

}  // namespace
}  // namespace gantry
