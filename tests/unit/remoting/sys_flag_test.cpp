#include "remoting/sys_flag.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

TEST(SysFlag, names_the_bits_of_the_protocol) {
  EXPECT_TRUE(SysFlag(0x1).compressed());
  EXPECT_TRUE(SysFlag(0x2).multi_tags());
  EXPECT_TRUE(SysFlag(0x10).born_host_v6());
  EXPECT_TRUE(SysFlag(0x20).store_host_v6());
  EXPECT_TRUE(SysFlag(0x40).needs_unwrap());
  EXPECT_TRUE(SysFlag(0x80).inner_batch());
  const SysFlag none;
  EXPECT_FALSE(none.compressed() || none.multi_tags() || none.born_host_v6() || none.store_host_v6() ||
               none.needs_unwrap() || none.inner_batch());
}

TEST(SysFlag, takes_no_compression_type_for_zlib_as_old_clients_mean_it) {
  EXPECT_EQ(SysFlag(0x001).compression_type(), CompressionType::zlib);
  EXPECT_EQ(SysFlag(0x101).compression_type(), CompressionType::lz4);
  EXPECT_EQ(SysFlag(0x201).compression_type(), CompressionType::zstd);
  EXPECT_EQ(SysFlag(0x301).compression_type(), CompressionType::zlib);
  for (const std::int32_t unknown : {0x401, 0x501, 0x601, 0x701})
    EXPECT_EQ(SysFlag(unknown).compression_type(), std::nullopt) << unknown;
}

TEST(SysFlag, says_how_a_body_was_compressed) {
  EXPECT_EQ(SysFlag(0x712).with_compression(CompressionType::lz4).bits(), 0x113);
  EXPECT_EQ(SysFlag().with_compression(CompressionType::zstd).bits(), 0x201);
  EXPECT_EQ(SysFlag().with_compression(CompressionType::zlib).bits(), 0x301);
  EXPECT_EQ(SysFlag(0x313).without_compression().bits(), 0x12);
  EXPECT_EQ(compression_name(CompressionType::zstd), "zstd");
}

TEST(SysFlag, says_which_part_of_a_transaction_a_message_is) {
  EXPECT_EQ(SysFlag(0x0).transaction_type(), TransactionType::none);
  EXPECT_EQ(SysFlag(0x4).transaction_type(), TransactionType::prepared);
  EXPECT_EQ(SysFlag(0x8).transaction_type(), TransactionType::commit);
  EXPECT_EQ(SysFlag(0xC).transaction_type(), TransactionType::rollback);
  EXPECT_EQ(SysFlag(0x4).with_transaction_type(TransactionType::commit).bits(), 0x8);
}

RC_GTEST_PROP(SysFlag, keeps_every_bit_that_a_change_is_not_about, (std::int32_t bits)) {
  const SysFlag flag(bits);
  RC_ASSERT(flag.bits() == bits);
  RC_ASSERT((flag.with_transaction_type(TransactionType::rollback).bits() | 0xC) == (bits | 0xC));
  RC_ASSERT((flag.with_compression(CompressionType::lz4).bits() | 0x701) == (bits | 0x701));
  RC_ASSERT((flag.without_compression().bits() | 0x701) == (bits | 0x701));
  RC_ASSERT(flag.with(SysFlag::kBornHostV6, true).bits() == (bits | 0x10));
  RC_ASSERT(flag.with(SysFlag::kBornHostV6, false).bits() == (bits & ~0x10));
}

}  // namespace
}  // namespace gantry::remoting
